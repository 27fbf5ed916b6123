// Crossing: several ways from A to B under one slider, by hand or playing forth and back. All frames arrive in one sheet
// of tiles, a row for each way, so the server is never asked; the map hears how far it is and shows it on its paths.

const crossing = new WeakMap(); // how to end what an element does now
const stands = new WeakMap(); // where a mounted element stands, so that other ends leave the slider in its place
const FRAME = 70; // milliseconds

export default function cross({ data, parentElement }) {
  const root = parentElement.querySelector(".crossing");
  if (!root || !data) return undefined;
  crossing.get(parentElement)?.();
  const [button, slider, ways] = ["button", "input", ".ways"].map((name) => root.querySelector(name));
  const [height, width] = data.tile;
  const last = data.count - 1;
  const ending = new AbortController();
  const on = (target, event, answer) => target.addEventListener(event, answer, { signal: ending.signal });
  const sheet = new Image();
  const before = stands.get(parentElement) ?? { at: last / 2, plays: false };
  let { at } = before;
  let [timer, forth] = [null, 1];

  const canvases = data.names.map((name) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    canvas.setAttribute("role", "img");
    return canvas;
  });
  ways.replaceChildren(
    ...canvases.map((canvas, i) => {
      const [figure, caption] = ["figure", "figcaption"].map((tag) => document.createElement(tag));
      caption.textContent = data.names[i];
      figure.append(canvas, caption);
      return figure;
    })
  );

  function show(where) {
    at = where;
    stands.set(parentElement, { at, plays: timer !== null });
    const frame = Math.round(at);
    const text = `${Math.round((100 * frame) / last)}% of the way from A to B`;
    slider.value = String(frame);
    slider.setAttribute("aria-valuetext", text);
    canvases.forEach((canvas, row) => {
      canvas.setAttribute("aria-label", `${data.names[row]}, ${text}`);
      if (!sheet.naturalWidth) return;
      canvas.getContext("2d").drawImage(sheet, frame * width, row * height, width, height, 0, 0, width, height);
    });
    tell();
  }

  const tell = () =>
    document.dispatchEvent(new CustomEvent("lab-crossing", { detail: Math.round(at) / last }));

  function pause() {
    clearInterval(timer);
    timer = null;
    stands.set(parentElement, { at, plays: false });
    button.innerHTML = PLAY;
  }

  function play() {
    button.innerHTML = PAUSE;
    timer = setInterval(() => {
      if (at >= last) forth = -1;
      if (at <= 0) forth = 1;
      show(Math.min(last, Math.max(0, Math.round(at) + forth)));
    }, FRAME);
  }

  slider.max = String(last);
  pause();
  on(button, "click", () => (timer ? pause() : play()));
  on(slider, "input", () => (pause(), show(Number(slider.value))));
  on(sheet, "load", () => show(at));
  on(document, "lab-where", tell);
  sheet.src = data.sheet;
  show(at);
  if (before.plays) play();

  const end = () => {
    ending.abort();
    clearInterval(timer);
    document.dispatchEvent(new CustomEvent("lab-crossing", { detail: null }));
  };
  crossing.set(parentElement, end);
  return end;
}
