// Histograms of the scores of normal and anomalous images, one above the other, and a threshold to drag. Images with a
// larger score are reported as anomalous. Everything happens in the browser.

import { component } from "../shared/component.js";
import { integer, short } from "../shared/format.js";
import { INCREMENTS, tickText } from "../shared/scales.js";

const BINS = 60;
const STEPS = 1000; // of the slider
const HEADING = 20; // CSS pixels above the bars of a panel
const TICKS = 7;

/** How many of the sorted scores are larger than the threshold. */
function countAbove(sorted, threshold) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > threshold) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The range of the chart: a few far larger scores are in its last bars. */
function range(normal, anomalous, start) {
  const low = Math.min(normal[0], anomalous[0]);
  const high = Math.max(quantile(normal, 0.995), quantile(anomalous, 0.98), start);
  return [low, high > low ? high : low + 1];
}

function histogram(sorted, [low, high]) {
  const bins = new Array(BINS).fill(0);
  for (const score of sorted) {
    bins[Math.max(0, Math.min(BINS - 1, Math.floor((BINS * (score - low)) / (high - low))))] += 1;
  }
  const largest = Math.max(...bins);
  return bins.map((count) => count / largest);
}

export default component(".anomaly-threshold", ({ root, find, data, memory, on, onResize }) => {
  const [slider, canvas, ticks, reset, panels] = ["input", "canvas", ".ticks", ".reset", ".panels"].map(find);
  const groups = ["normal", "anomalous"].map((name) => ({
    scores: data[name],
    title: data.titles[name],
    heading: find(`.heading.${name}`),
    row: find(`tr.${name}`),
  }));
  const [low, high] = range(data.normal, data.anomalous, data.start);
  for (const group of groups) group.bins = histogram(group.scores, [low, high]);
  let threshold = memory.id === data.id ? memory.threshold : data.start;

  const shareOf = (score) => Math.max(0, Math.min(1, (score - low) / (high - low)));

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const [panel, pitch, x] = [height / 2, width / BINS, shareOf(threshold) * width];
    groups.forEach(({ bins, heading }, row) => {
      context.fillStyle = getComputedStyle(heading).color;
      const floor = (row + 1) * panel;
      bins.forEach((share, i) => {
        const tall = share && Math.max(1, share * (panel - HEADING));
        const [left, right] = [i * pitch, (i + 1) * pitch - 1];
        // What is reported is filled, what is accepted is pale, also within a bar.
        for (const [from, to, alpha] of [
          [left, Math.min(right, x), 0.35],
          [Math.max(left, x), right, 1],
        ]) {
          if (to <= from) continue;
          context.globalAlpha = alpha;
          context.fillRect(from, floor - tall, to - from, tall);
        }
      });
      context.globalAlpha = 0.5;
      context.fillRect(0, floor - 1, width, 1);
    });
    context.globalAlpha = 1;
    context.fillStyle = getComputedStyle(panels).color;
    context.fillRect(Math.min(width - 2, Math.max(0, x - 1)), 0, 2, height);
  }

  function show() {
    Object.assign(memory, { id: data.id, threshold });
    const rates = groups.map(({ scores, row }, i) => {
      const above = countAbove(scores, threshold);
      const rate = percent(above / scores.length);
      const name = i ? "detection rate" : "false-alarm rate";
      const cells = [scores.length - above, above].map(integer).concat(`${name} ${rate}`);
      row.querySelectorAll("td").forEach((cell, j) => (cell.textContent = cells[j]));
      return `${name} ${rate}`;
    });
    slider.value = String(Math.round(STEPS * shareOf(threshold)));
    slider.setAttribute("aria-valuetext", `${short(threshold)}: ${rates.join(", ")}`);
    reset.disabled = threshold === data.start;
    draw();
  }

  function moveTo(share) {
    threshold = low + Math.max(0, Math.min(1, share)) * (high - low);
    show();
  }

  function describeAxis() {
    const increment = INCREMENTS.find((step) => (high - low) / step <= TICKS) ?? high - low;
    const first = Math.ceil(low / increment);
    const count = Math.max(0, Math.floor(high / increment) - first + 1);
    const texts = Array.from({ length: count }, (_, i) => (first + i) * increment);
    ticks.replaceChildren(
      ...texts.map((tick) => {
        const label = document.createElement("span");
        label.textContent = tickText(tick, increment);
        label.style.left = `${100 * shareOf(tick)}%`;
        return label;
      })
    );
  }

  for (const { title, heading, row, scores } of groups) {
    heading.textContent = `${title}: ${integer(scores.length)}`;
    row.querySelector("th").textContent = title;
  }
  canvas.setAttribute("aria-label", data.alt);
  reset.textContent = data.reset;
  slider.max = String(STEPS);
  on(slider, "input", () => moveTo(Number(slider.value) / STEPS));
  on(reset, "click", () => {
    threshold = data.start;
    show();
  });
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    moveTo((event.clientX - box.left) / box.width);
  };
  on(canvas, "pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  on(canvas, "pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) follow(event);
  });
  on(panels, "transitionend", draw); // of the text's color: the theme has changed
  onResize(root, draw);
  describeAxis();
  show();
});
