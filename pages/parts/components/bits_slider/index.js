// A slider over bits per image. The images of all methods and settings arrive in one sheet of tiles (first the row of
// originals), so the slider needs no server. Of each method it shows the best setting that the bits allow.

import { component } from "../shared/component.js";
import { drawRow, tilePitch } from "../shared/tiles.js";

const NARROWEST = 44; // CSS pixels of a tile with its gap: on narrow screens fewer images are shown
const grouped = (x) => x.toLocaleString("en-US", { maximumFractionDigits: x < 10 ? 1 : 0 });
const decibels = (psnr) => (psnr === null ? "lossless" : `${psnr.toFixed(1)} dB`);
const quality = ({ psnr }) => psnr ?? Number.POSITIVE_INFINITY;

function best(settings, bits) {
  const possible = settings.filter((setting) => setting.bits <= bits);
  return possible.reduce((found, setting) => (found && quality(found) >= quality(setting) ? found : setting), null);
}

function createRow(title) {
  const row = document.createElement("section");
  row.innerHTML =
    '<p class="label"><b></b><small></small></p><figure><canvas role="img"></canvas><div class="each"></div></figure>';
  row.querySelector("b").textContent = title;
  return row;
}

export default component(".bits-slider", ({ root, find, data, loadSheet, memory, on, onResize }) => {
  const [slider, budget, place] = [".slider", ".budget", ".rows"].map(find);
  const { methods, stops, id } = data;
  const pixels = data.tile[0] * data.tile[1];
  const closest = stops.reduce((found, stop, i) => (stop <= data.start * 1.001 ? i : found), 0);
  let index = memory.id === id ? Math.min(memory.index, stops.length - 1) : closest;
  const sheet = loadSheet(data.sheet, layout);
  const rows = [createRow("Original"), ...methods.map(({ title }) => createRow(title))];
  let shown = data.columns;

  function showNumbers(row, setting, least) {
    const canvas = row.querySelector("canvas");
    const mean = setting
      ? `${grouped(setting.bits)} bits · ${decibels(setting.psnr)}`
      : `needs ${grouped(least.bits)} bits or more`;
    row.querySelector("small").textContent = mean;
    canvas.setAttribute("aria-label", `${row.querySelector("b").textContent}: ${mean}`);
    const width = `${tilePitch(canvas, data.tile)}px`;
    const cells = (setting?.imagePsnr ?? []).slice(0, shown).map((psnr) => {
      const cell = document.createElement("span");
      cell.style.width = width;
      cell.textContent = decibels(psnr);
      return cell;
    });
    row.querySelector(".each").replaceChildren(...cells);
  }

  function show(i) {
    index = i;
    Object.assign(memory, { id, index });
    const text = `${grouped(stops[index])} bits per image (${(stops[index] / pixels).toPrecision(2)} per pixel)`;
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", `at most ${text}`);
    budget.textContent = text;
    methods.forEach(({ settings }, m) => {
      const row = rows[m + 1];
      const setting = best(settings, stops[index]);
      row.classList.toggle("missing", !setting);
      if (setting) drawRow(row.querySelector("canvas"), sheet, setting.row, { ...data, columns: shown });
      showNumbers(row, setting, settings[0]);
    });
  }

  function layout() {
    const room = rows[0].querySelector("figure").clientWidth;
    shown = Math.max(1, Math.min(data.columns, Math.floor(room / NARROWEST)));
    drawRow(rows[0].querySelector("canvas"), sheet, 0, { ...data, columns: shown });
    show(index);
  }

  place.replaceChildren(...rows);
  rows[0].querySelector("canvas").setAttribute("aria-label", "Original images");
  slider.max = String(stops.length - 1);
  on(slider, "input", () => show(Number(slider.value)));
  onResize(root, layout);
  layout();
});
