// The rows of the wall: the originals, then each run, as canvases with a mark over one column.

import { LETTERS, runColors } from "../shared/runs.js";
import { drawRow, drawTile, tilePitch } from "../shared/tiles.js";

const GAP = 3; // CSS pixels between tiles, as `drawRow` leaves

function make(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The pixels of a row of tiles. */
function pixelsOf({ image, row }, { columns, tile }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns * tile[1], tile[0]];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let c = 0; c < columns; c++) drawTile(context, image, tile, row, c, [c * tile[1], 0, tile[1], tile[0]]);
  return [canvas, context, context.getImageData(0, 0, canvas.width, canvas.height)];
}

/** A canvas with the differences of a row of reconstructions from the originals, in the colors of all differences. */
function differences(shown, sheet, data) {
  const [, , originals] = pixelsOf({ image: sheet, row: 0 }, data);
  const [canvas, context, image] = pixelsOf(shown, data);
  for (let i = 0; i < image.data.length; i += 4) {
    let sum = 0;
    for (let channel = 0; channel < 3; channel++) sum += image.data[i + channel] - originals.data[i + channel];
    const at = 3 * (Math.round(sum / 3) + 255);
    for (let channel = 0; channel < 3; channel++) image.data[i + channel] = data.colors[at + channel];
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The rows in `root`: what they show, and where the pointer is. The sheet's first row has the originals. */
export function createRows(root, data, sheet) {
  const made = [{ name: "original", note: "" }, ...data.runs].map(({ name, note, number }, i) => {
    const label = make("div", "label");
    if (i) label.append(make("b", "letter", LETTERS[number]));
    label.append(make("span", "name", name), make("small", "note", note));
    const tiles = make("div", "tiles");
    const canvas = make("canvas", "row");
    canvas.setAttribute("role", "img");
    const mark = make("i", "mark");
    tiles.append(canvas, mark);
    return { label, tiles, canvas, mark, note: label.lastChild };
  });
  root.replaceChildren(...made.flatMap(({ label, tiles }) => [label, tiles]));

  /** Takes the colors of the theme. */
  function color() {
    const colors = runColors(root);
    for (const [i, letter] of root.querySelectorAll(".letter").entries())
      letter.style.background = colors[data.runs[i].number];
  }

  /** Draws in row `i` (0: originals) a row of tiles { image, row }. */
  function draw(i, shown, isDifference) {
    if (isDifference && sheet.naturalWidth) drawRow(made[i].canvas, differences(shown, sheet, data), 0, data);
    else drawRow(made[i].canvas, shown.image, shown.row, data);
  }

  function mark(column) {
    for (const { canvas, mark } of made) {
      mark.hidden = column === null;
      if (mark.hidden) continue;
      const pitch = tilePitch(canvas, data.tile);
      mark.style.left = `${column * pitch}px`;
      mark.style.width = `${pitch - GAP}px`;
    }
  }

  /** The column under the pointer; null beside the images. */
  function columnAt({ clientX, target }) {
    const tiles = target.closest(".tiles");
    if (!tiles) return null;
    const column = Math.floor((clientX - tiles.getBoundingClientRect().left) / tilePitch(tiles.firstChild, data.tile));
    return column >= 0 && column < data.columns ? column : null;
  }

  function describe(i, note, alt) {
    if (made[i].note.textContent !== note) made[i].note.textContent = note;
    made[i].canvas.setAttribute("aria-label", alt);
  }

  return { color, draw, mark, columnAt, describe };
}
