// Paths from A to B with one slider, which the play button moves back and forth. All frames arrive in one sheet of
// tiles, a row for each path, so the slider needs no server; the map marks the position on its paths.

import { component } from "../shared/component.js";
import { PATH_POSITION, publish, STATE_REQUESTED } from "../shared/events.js";
import { playback, repeat } from "../shared/playback.js";
import { drawTile } from "../shared/tiles.js";

const INTERVAL = 70; // milliseconds per frame

export default component(".interpolation-player", ({ find, data, loadSheet, memory, on, atEnd }) => {
  const [button, slider, paths] = ["button", "input", ".paths"].map(find);
  const [height, width] = data.tile;
  const last = data.count - 1;
  const sheet = loadSheet(data.sheet, () => show(position));
  let position = memory.position ?? last / 2;
  let direction = 1;

  const canvases = data.names.map((name) => {
    const [figure, canvas, caption] = ["figure", "canvas", "figcaption"].map((tag) => document.createElement(tag));
    Object.assign(canvas, { width, height });
    canvas.setAttribute("role", "img");
    caption.textContent = name;
    figure.append(canvas, caption);
    return canvas;
  });
  paths.replaceChildren(...canvases.map((canvas) => canvas.parentElement));

  function show(target) {
    position = memory.position = target;
    const frame = Math.round(position);
    const text = `${Math.round((100 * frame) / last)}% from A to B`;
    slider.value = String(frame);
    slider.setAttribute("aria-valuetext", text);
    canvases.forEach((canvas, row) => {
      canvas.setAttribute("aria-label", `${data.names[row]}, ${text}`);
      if (sheet.naturalWidth) drawTile(canvas.getContext("2d"), sheet, data.tile, row, frame);
    });
    publishPosition();
  }

  const publishPosition = () => publish(PATH_POSITION, Math.round(position) / last);

  const player = playback(button, () =>
    repeat(() => {
      if (position >= last) direction = -1;
      if (position <= 0) direction = 1;
      show(Math.min(last, Math.max(0, Math.round(position) + direction)));
    }, INTERVAL)
  );

  slider.max = String(last);
  on(button, "click", player.toggle);
  on(slider, "input", () => (player.pause(), show(Number(slider.value))));
  on(document, STATE_REQUESTED, publishPosition);
  show(position);
  if (memory.playing) player.play();
  atEnd(() => {
    memory.playing = player.playing;
    player.pause();
    publish(PATH_POSITION, null);
  });
});
