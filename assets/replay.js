// Replay: a slider over a run's snapshots. All snapshots arrive in one picture of tiles (first the rows that stay: the
// originals and perhaps what the model is given, then the reconstructions at each snapshot), so that sliding never asks
// the server.

const positions = new WeakMap(); // where a mounted element stands, so that new data does not throw the hand off the slider
const running = new WeakMap(); // how to end what an element does now: new data may come without an unmount before it

const whole = (x) => Math.round(x).toLocaleString("en-US");
const short = (x) => (x >= 1000 ? whole(x) : x >= 10 ? x.toFixed(1) : x.toPrecision(3));

function sentence(moment, unit) {
  const parts = [`step ${whole(moment.step)}`, `epoch ${moment.epoch.toFixed(1)}`];
  const losses = [];
  if (moment.train !== null) losses.push(`training loss ${short(moment.train)}`);
  if (moment.validation !== null) losses.push(`validation ${losses.length ? "" : "loss "}${short(moment.validation)}`);
  return [...parts, ...losses].join(" · ") + (losses.length && unit ? ` ${unit}` : "");
}

// The moment's place on the run's loss chart, drawn over it: Plotly itself would redraw the whole figure for a line.
function mark(chart, epoch) {
  const plot = document.querySelector(`.st-key-${CSS.escape(chart)} .js-plotly-plot`);
  const { xaxis, yaxis } = plot?._fullLayout ?? {};
  if (!xaxis?.l2p || !yaxis) return;
  let line = plot.querySelector(".replay-now");
  if (!line) {
    line = document.createElement("div");
    line.className = "replay-now";
    plot.append(line);
  }
  const place = { left: xaxis._offset + xaxis.l2p(epoch), top: yaxis._offset, height: yaxis._length };
  for (const [name, value] of Object.entries(place)) line.style[name] = `${value}px`;
}

export default function replay({ data, parentElement }) {
  const root = parentElement.querySelector(".replay");
  if (!root || !data) return undefined;
  running.get(parentElement)?.();
  const { moments, unit, id } = data;
  const last = moments.length - 1;
  const find = (name) => root.querySelector(name);
  const [button, slider, line] = [".play", ".slider", ".moment"].map(find);
  const [original, given, copy] = [".original", ".given", ".copy"].map(find);
  const fixed = data.rows.length;
  for (const part of [given, find(".given-label")]) part.hidden = fixed < 2;

  // The same run with more snapshots keeps its place, except at the end, which follows the newest.
  const before = positions.get(parentElement);
  const kept = before && before.id === id && before.index < before.last ? Math.min(before.index, last) : last;
  let index = Math.max(0, kept);
  let timer = null;
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
    drawRow(copy, sheet, index + fixed, data);
    mark(data.chart, moments[index].epoch);
  }

  function layout() {
    drawRow(original, sheet, 0, data);
    if (fixed > 1) drawRow(given, sheet, 1, data);
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

  slider.max = String(Math.max(0, last));
  slider.disabled = button.disabled = last < 1;
  pause();
  on(button, "click", () => (timer ? pause() : play()));
  on(slider, "input", () => (pause(), show(Number(slider.value))));
  on(sheet, "load", layout);
  sheet.src = data.sheet;

  const observer = new ResizeObserver(layout);
  observer.observe(root);
  // The chart arrives after the slider, and is another one whenever its figure changes.
  const arrivals = new MutationObserver(() => {
    if (!document.querySelector(".replay-now")) mark(data.chart, moments[index].epoch);
  });
  arrivals.observe(document.body, { childList: true, subtree: true });
  layout();

  const end = () => {
    ending.abort();
    clearInterval(timer);
    observer.disconnect();
    arrivals.disconnect();
  };
  running.set(parentElement, end);
  return end;
}
