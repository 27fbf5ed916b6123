// Learned: the map of codes through a training. The places of all points at all snapshots arrive at once, so the slider
// and the play button never ask the server; between two snapshots the points glide.

const learning = new WeakMap(); // how to end what an element does now
const stands = new WeakMap(); // where a mounted element stands: a redrawing of the page leaves it there
const MOVE = 350; // milliseconds from one snapshot to the next
const EDGE = 0.05; // of the map, around the outermost points

export default function learned({ data, parentElement }) {
  const root = parentElement.querySelector(".learned");
  if (!root || !data) return undefined;
  learning.get(parentElement)?.();
  const find = (name) => root.querySelector(name);
  const [button, slider, canvas, line] = ["button", "input", "canvas", ".moment"].map(find);
  const legend = find(".legend");
  const { moments, labels, names } = data;
  const last = moments.length - 1;
  const ending = new AbortController();
  const on = (target, event, answer) => target.addEventListener(event, answer, { signal: ending.signal });
  const all = moments.flatMap(({ points }) => points);
  const span = [0, 1].map((axis) => {
    const values = all.map((point) => point[axis]);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    const room = EDGE * (high - low || 1);
    return [low - room, high + room];
  });
  const before = stands.get(parentElement);
  let [at, playing, began] = [before?.last === last ? before.at : last, null, 0];

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    stands.set(parentElement, { at, last });
    pen.globalAlpha = 0.8;
    // The theme's own, one for each class, the same as on every chart.
    const colours = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",");
    const [before, after, share] = [Math.floor(at), Math.ceil(at), at % 1];
    const place = (axis, value, size) => ((value - span[axis][0]) / (span[axis][1] - span[axis][0])) * size;
    [...legend.children].forEach((span, i) => (span.style.borderColor = colours[i % colours.length]));
    labels.forEach((label, i) => {
      const [a, b] = [moments[before].points[i], moments[after].points[i]];
      const [x, y] = [0, 1].map((axis) => a[axis] + share * (b[axis] - a[axis]));
      pen.fillStyle = colours[label % colours.length];
      pen.beginPath();
      pen.arc(place(0, x, width), height - place(1, y, height), 3 * ratio, 0, 7);
      pen.fill();
    });
    const told = ({ step, epoch }) => `step ${step.toLocaleString("en-US")} · epoch ${epoch.toFixed(1)}`;
    const text = share ? `between ${told(moments[before])} and ${told(moments[after])}` : told(moments[before]);
    line.textContent = text;
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", text);
    canvas.setAttribute("aria-label", `Codes at ${text}`);
  }

  function pause() {
    cancelAnimationFrame(playing);
    playing = null;
    button.innerHTML = PLAY;
  }

  // Between two snapshots nothing is known, so nothing rests there.
  function rest() {
    pause();
    at = Math.round(at);
    draw();
  }

  function step(now) {
    at = Math.min(last, Math.max(0, (now - began) / MOVE)); // a frame may have begun before the click
    draw();
    if (at >= last) pause();
    else playing = requestAnimationFrame(step);
  }

  function play() {
    began = performance.now() - (at >= last ? 0 : at * MOVE);
    button.innerHTML = PAUSE;
    playing = requestAnimationFrame(step);
  }

  legend.replaceChildren(
    ...names.map((name, i) => {
      const span = document.createElement("span");
      span.textContent = name;
      return span;
    })
  );
  slider.max = String(last);
  slider.disabled = button.disabled = last < 1;
  on(button, "click", () => (playing ? rest() : play()));
  on(slider, "input", () => (pause(), (at = Number(slider.value)), draw()));
  on(slider, "change", rest);
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  pause();
  draw();

  const end = () => {
    ending.abort();
    observer.disconnect();
    cancelAnimationFrame(playing);
  };
  learning.set(parentElement, end);
  return end;
}
