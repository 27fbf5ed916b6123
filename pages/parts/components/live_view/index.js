// The progress of a training, and its example images from one sheet of tiles, which is loaded again when it changes.

import { component } from "../shared/component.js";
import { integer } from "../shared/format.js";
import { address, watch } from "../shared/live.js";
import { drawRow } from "../shared/tiles.js";

const TITLES = { original: "Originals", noisy: "Noisy model inputs", reconstruction: "Reconstructions" };

export default component(".live-view", ({ root, find, data, memory, signal, onResize, on }) => {
  const [bar, message, figure] = [".progress", ".message", "figure"].map(find);
  if (memory.live !== data.live) Object.assign(memory, { live: data.live, sheet: null, layout: data, step: 0 });
  let [canvases, wanted, loading] = [[], null, null]; // `wanted` and `loading`: addresses of sheets

  function build({ rows }) {
    canvases = rows.map((row) => {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.className = row;
      return canvas;
    });
    figure.replaceChildren(
      ...rows.flatMap((row, i) => {
        const label = document.createElement("span");
        label.className = "label";
        label.textContent = row;
        return [label, canvases[i]];
      })
    );
  }

  function draw() {
    const { rows, columns, tile } = memory.layout;
    if (canvases.length !== rows.length) build(memory.layout);
    canvases.forEach((canvas, i) => {
      drawRow(canvas, memory.sheet, i, { columns, tile });
      const at = rows[i] === "reconstruction" && memory.sheet ? ` at step ${integer(memory.step)}` : "";
      canvas.setAttribute("aria-label", `${TITLES[rows[i]] ?? rows[i]}${at}`);
    });
  }

  function load() {
    if (loading || !wanted || wanted.sheet === memory.address) return;
    loading = wanted;
    const { sheet: path, rows, columns, tile } = loading;
    const sheet = new Image();
    on(sheet, "load", () => {
      const step = Number(new URL(sheet.src).searchParams.get("step"));
      Object.assign(memory, { sheet, step, address: path, layout: { rows, columns, tile } });
      loading = null;
      draw();
      load();
    });
    on(sheet, "error", () => (loading = null)); // the next answer names the sheet again
    sheet.src = address(path);
  }

  function show({ all }) {
    if (!all) return;
    const percent = Math.round(100 * all.fraction);
    bar.firstElementChild.style.width = `${100 * all.fraction}%`;
    bar.setAttribute("aria-valuenow", percent);
    bar.setAttribute("aria-valuetext", [all.label, all.progress].filter(Boolean).join(", "));
    message.hidden = !all.message;
    message.textContent = all.message ?? "";
    if (all.sheet) {
      wanted = all;
      load();
    }
  }

  build(memory.layout);
  draw();
  onResize(root, draw);
  watch(data.live, signal, show);
  return (next) => next.live === data.live;
});
