// A slider over noise strengths. All noisy and restored images arrive in one sheet of tiles (the clean row, then a
// noisy and a restored row for each strength), so the slider needs no server. The server receives the strength when the
// slider is released.

import { component } from "../shared/component.js";
import { drawRow, tilePitch } from "../shared/tiles.js";

const decibels = (x) => x.toFixed(1);
const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

function describe({ strength, noisy, restored }, count) {
  return (
    `Strength ${Number(strength.toFixed(3))}. ${count > 1 ? `Mean of these ${count}: ` : ""}` +
    `PSNR ${decibels(mean(noisy.psnr))} → ${decibels(mean(restored.psnr))} dB, ` +
    `SSIM ${mean(noisy.ssim).toFixed(2)} → ${mean(restored.ssim).toFixed(2)}.`
  );
}

export default component(".strength-slider", ({ root, find, data, loadSheet, memory, on, onResize, setStateValue }) => {
  const [slider, summary, psnr, ssim] = [".slider", ".summary", ".psnr", ".ssim"].map(find);
  const [clean, noisy, restored] = [".clean", ".noisy", ".restored"].map(find);
  const { levels, id } = data;
  const last = levels.length - 1;
  let index = Math.max(0, Math.min(last, memory.id === id ? memory.index : data.start));
  const sheet = loadSheet(data.sheet, layout);

  function show(i) {
    index = i;
    Object.assign(memory, { id, index });
    const level = levels[index];
    drawRow(noisy, sheet, 1 + 2 * index, data);
    drawRow(restored, sheet, 2 + 2 * index, data);
    const text = describe(level, data.columns);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", text);
    summary.textContent = text;
    restored.setAttribute("aria-label", `Restored images. ${text}`);
    [...psnr.children].forEach((cell, i) => {
      cell.innerHTML = `<i>${decibels(level.noisy.psnr[i])} →</i> <i>${decibels(level.restored.psnr[i])} dB</i>`;
    });
    [...ssim.children].forEach((cell, i) => {
      cell.innerHTML = `<i>${level.noisy.ssim[i].toFixed(2)} →</i> <i>${level.restored.ssim[i].toFixed(2)}</i>`;
    });
  }

  function layout() {
    drawRow(clean, sheet, 0, data);
    show(index);
    if (!sheet.naturalWidth) return; // a canvas has its own size only once something is drawn
    const width = `${tilePitch(noisy, data.tile)}px`;
    for (const row of [psnr, ssim]) for (const cell of row.children) cell.style.width = width;
  }

  for (const row of [psnr, ssim]) {
    row.replaceChildren(...Array.from({ length: data.columns }, () => document.createElement("span")));
  }
  slider.max = String(last);
  on(slider, "input", () => show(Number(slider.value)));
  on(slider, "change", () => setStateValue("strength", levels[index].strength));
  onResize(root, layout);
  layout();
});
