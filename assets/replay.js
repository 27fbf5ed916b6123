// Replay: a slider over a run's snapshots. All snapshots arrive in one picture of tiles (row 0: the originals, row i: the
// reconstructions at snapshot i - 1), so that sliding never asks the server.

const positions = new WeakMap(); // where a mounted element stands, so that new data does not throw the hand off the slider
const running = new WeakMap(); // how to end what an element does now: new data may come without an unmount before it
const GAP = 3; // CSS pixels between tiles
const LARGEST = 96; // CSS pixels of a tile's side
const HEIGHT = 64; // of the sparkline, as in the style sheet

const PLAY = '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M1 0 L10 5 L1 10 Z"/></svg><span>Play</span>';
const PAUSE = '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M1 0h3v10h-3zM6 0h3v10h-3z"/></svg><span>Pause</span>';

const whole = (x) => Math.round(x).toLocaleString("en-US");
const short = (x) => (x >= 1000 ? whole(x) : x >= 10 ? x.toFixed(1) : x.toPrecision(3));

function sentence(moment, unit) {
  const parts = [`step ${whole(moment.step)}`, `epoch ${moment.epoch.toFixed(1)}`];
  const losses = [];
  if (moment.train !== null) losses.push(`training loss ${short(moment.train)}`);
  if (moment.validation !== null) losses.push(`validation ${losses.length ? "" : "loss "}${short(moment.validation)}`);
  return [...parts, ...losses].join(" · ") + (losses.length && unit ? ` ${unit}` : "");
}

// One function for both lines: x is the snapshot's place on the slider, y the logarithm of the loss.
function scales(moments, width) {
  const values = moments.flatMap((m) => [m.train, m.validation]).filter((v) => v !== null && v > 0);
  const low = Math.log(Math.min(...values));
  const span = Math.log(Math.max(...values)) - low || 1;
  const x = (i) => 8 + (moments.length > 1 ? i / (moments.length - 1) : 1) * (width - 16);
  const y = (v) => (v === null || v <= 0 ? null : 6 + (1 - (Math.log(v) - low) / span) * (HEIGHT - 12));
  return { x, y, empty: values.length === 0 };
}

function path(moments, name, { x, y }) {
  let pen = "M";
  return moments
    .map((m, i) => {
      const height = y(m[name]);
      if (height === null) return "";
      const point = `${pen}${x(i).toFixed(1)} ${height.toFixed(1)}`;
      pen = "L";
      return point;
    })
    .join("");
}

function drawRow(canvas, sheet, row, { columns, tile }) {
  const [height, width] = tile;
  const ratio = window.devicePixelRatio || 1;
  const room = canvas.parentElement.querySelector("canvas").getBoundingClientRect().width || canvas.clientWidth;
  if (!room || !sheet.complete || !sheet.naturalWidth) return;
  const gap = Math.round(GAP * ratio);
  const side = Math.min((room * ratio - gap * (columns - 1)) / columns, LARGEST * ratio);
  const w = Math.max(1, Math.floor(side));
  const h = Math.max(1, Math.round((w * height) / width));
  const total = Math.max(1, Math.round(room * ratio));
  if (canvas.width !== total || canvas.height !== h) {
    canvas.width = total;
    canvas.height = h;
    canvas.style.height = `${h / ratio}px`;
  }
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.clearRect(0, 0, total, h);
  for (let c = 0; c < columns; c++) {
    pen.drawImage(sheet, c * width, row * height, width, height, c * (w + gap), 0, w, h);
  }
}

export default function replay({ data, parentElement }) {
  const root = parentElement.querySelector(".replay");
  if (!root || !data) return undefined;
  running.get(parentElement)?.();
  const { moments, unit, id } = data;
  const last = moments.length - 1;
  const find = (name) => root.querySelector(name);
  const [button, slider, line, plot] = [".play", ".slider", ".moment", ".plot svg"].map(find);
  const [original, copy] = [".original", ".copy"].map(find);

  // The same run with more snapshots keeps its place, except at the end, which follows the newest.
  const before = positions.get(parentElement);
  const kept = before && before.id === id && before.index < before.last ? Math.min(before.index, last) : last;
  let index = Math.max(0, kept);
  let timer = null;
  let scale = null;
  const ending = new AbortController();
  const on = (target, event, answer) => target.addEventListener(event, answer, { signal: ending.signal });
  const sheet = new Image();

  function show(i) {
    index = Math.max(0, Math.min(last, i));
    positions.set(parentElement, { id, index, last });
    const text = sentence(moments[index], unit);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", text);
    line.textContent = text;
    copy.setAttribute("aria-label", `Reconstructions at ${text}`);
    drawRow(copy, sheet, index + 1, data);
    if (!scale || scale.empty) return;
    const moment = moments[index];
    const height = scale.y(moment.train) ?? scale.y(moment.validation);
    const [now, dot] = [plot.querySelector(".now"), plot.querySelector(".dot")];
    now.setAttribute("x1", scale.x(index));
    now.setAttribute("x2", scale.x(index));
    dot.setAttribute("visibility", height === null ? "hidden" : "visible");
    dot.setAttribute("cx", scale.x(index));
    dot.setAttribute("cy", height ?? 0);
  }

  function layout() {
    const width = plot.getBoundingClientRect().width;
    if (!width) return;
    plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    scale = scales(moments, width);
    find(".plot").hidden = find(".key").hidden = scale.empty;
    for (const name of ["train", "validation"]) plot.querySelector(`.${name}`).setAttribute("d", path(moments, name, scale));
    find(".key .of-validation").hidden = moments.every((m) => m.validation === null);
    drawRow(original, sheet, 0, data);
    show(index);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    button.innerHTML = PLAY;
  }

  function play() {
    if (index >= last) show(0);
    button.innerHTML = PAUSE;
    const pace = Math.max(80, Math.min(500, 6000 / Math.max(1, last)));
    timer = setInterval(() => (index >= last ? pause() : show(index + 1)), pace);
  }

  function point(event) {
    const box = plot.getBoundingClientRect();
    pause();
    show(Math.round(((event.clientX - box.left - 8) / (box.width - 16)) * last));
  }

  slider.max = String(Math.max(0, last));
  slider.disabled = button.disabled = last < 1;
  pause();
  on(button, "click", () => (timer ? pause() : play()));
  on(slider, "input", () => (pause(), show(Number(slider.value))));
  on(plot, "pointerdown", (event) => (plot.setPointerCapture(event.pointerId), point(event)));
  on(plot, "pointermove", (event) => event.buttons && point(event));
  on(sheet, "load", layout);
  sheet.src = data.sheet;

  const observer = new ResizeObserver(layout);
  observer.observe(root);
  layout();

  const end = () => {
    ending.abort();
    clearInterval(timer);
    observer.disconnect();
  };
  running.set(parentElement, end);
  return end;
}
