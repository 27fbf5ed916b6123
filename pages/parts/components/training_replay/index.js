// The map of codes over the course of a training. The points of all snapshots arrive together, so the slider and the
// play button need no server; between two snapshots the points move in straight lines.

import { component } from "../shared/component.js";
import { stepAndEpoch } from "../shared/format.js";
import { animate, playback } from "../shared/playback.js";
import { drawShape } from "../shared/shapes.js";

const DURATION = 350; // milliseconds from one snapshot to the next
const MARGIN = 0.05; // of the map, around the outermost points

function range(values) {
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const margin = MARGIN * (high - low || 1);
  return [low - margin, high + margin];
}

export default component(".training-replay", ({ root, find, data, memory, on, onResize, atEnd }) => {
  const [button, slider, canvas, status] = ["button", "input", "canvas", ".status"].map(find);
  const legend = find(".legend");
  const { snapshots, labels, names, shapes } = data;
  const shapeOf = (label) => shapes[label % shapes.length];
  const last = snapshots.length - 1;
  const all = snapshots.flatMap(({ points }) => points);
  const ranges = [0, 1].map((axis) => range(all.map((point) => point[axis])));
  let position = memory.last === last ? memory.position : last; // a snapshot's index, or between two

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    Object.assign(memory, { position, last });
    const [before, after, share] = [snapshots[Math.floor(position)], snapshots[Math.ceil(position)], position % 1];
    const scale = (axis, value, size) => ((value - ranges[axis][0]) / (ranges[axis][1] - ranges[axis][0])) * size;
    // The theme's colors, one for each class, as on every chart.
    const colors = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",");
    legend.querySelectorAll("canvas").forEach((sample, i) => {
      Object.assign(sample, { width: 12 * ratio, height: 12 * ratio }); // which also clears it
      const context = sample.getContext("2d");
      context.fillStyle = colors[i % colors.length];
      drawShape(context, shapeOf(i), 6 * ratio, 6 * ratio, 4 * ratio);
    });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.globalAlpha = 0.8;
    labels.forEach((label, i) => {
      const [a, b] = [before.points[i], after.points[i]];
      const [x, y] = [0, 1].map((axis) => a[axis] + share * (b[axis] - a[axis]));
      context.fillStyle = colors[label % colors.length];
      drawShape(context, shapeOf(label), scale(0, x, width), height - scale(1, y, height), 3 * ratio);
    });
    const text = share ? `between ${stepAndEpoch(before)} and ${stepAndEpoch(after)}` : stepAndEpoch(before);
    status.textContent = text;
    slider.value = String(position);
    slider.setAttribute("aria-valuetext", text);
    canvas.setAttribute("aria-label", `Codes at ${text}`);
  }

  const player = playback(button, () => {
    const began = performance.now() - (position >= last ? 0 : position * DURATION);
    return animate((now) => {
      position = Math.min(last, Math.max(0, (now - began) / DURATION)); // a frame may have begun before the click
      draw();
      if (position >= last) player.pause();
    });
  });

  // Positions between two snapshots are not data, so the points never stop there.
  function stop() {
    player.pause();
    position = Math.round(position);
    draw();
  }

  legend.replaceChildren(
    ...names.map((name) => {
      const entry = document.createElement("span");
      entry.append(document.createElement("canvas"), name);
      return entry;
    })
  );
  slider.max = String(last);
  slider.disabled = button.disabled = last < 1;
  on(button, "click", () => (player.playing ? stop() : player.play()));
  on(slider, "input", () => (player.pause(), (position = Number(slider.value)), draw()));
  on(slider, "change", stop);
  onResize(canvas, draw);
  draw();
  atEnd(player.pause);
});
