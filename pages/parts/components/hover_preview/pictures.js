// The three pictures of the preview: an original, its reconstruction, and what the map's plane decodes to. They are cut
// from sheets of tiles, which are hidden pictures of the page and arrive before or after this.

import { drawTile } from "../shared/tiles.js";

export function createPictures(root, data, signal) {
  const find = (name) => root.querySelector(name);
  const [original, reconstruction, decoded] = [".original", ".reconstruction", ".decoded"].map(find);
  const status = find(".status");
  const caption = decoded.parentElement.querySelector("figcaption");
  const [height, width] = data.tile;
  const sheets = { originals: null, reconstructions: null, plane: null };
  let hasPointed = false;

  for (const canvas of [original, reconstruction, decoded]) Object.assign(canvas, { width, height });
  decoded.parentElement.hidden = !data.plane;

  function findSheets() {
    for (const name of Object.keys(sheets)) {
      const found = document.querySelector(`.st-key-sheet-${name} img`);
      if (found === sheets[name]) continue;
      sheets[name] = found;
      found?.addEventListener("load", showFirst, { signal });
      if (found?.complete) showFirst();
    }
  }

  // Until the pointer is on the map: the pinned point, and its position.
  function showFirst() {
    if (hasPointed) return;
    showPoint(data.first);
    const pinned = data.marks.find(({ name }) => name === "pinned");
    if (pinned && data.plane && sheets.plane) decodeAt(...pinned.points[0]);
  }

  function draw(canvas, sheet, index, columns, alpha = 1) {
    if (!sheet?.naturalWidth) return;
    const context = canvas.getContext("2d");
    context.globalAlpha = alpha;
    drawTile(context, sheet, data.tile, Math.floor(index / columns), index % columns);
    context.globalAlpha = 1;
  }

  function showPoint(index) {
    draw(original, sheets.originals, index, data.columns);
    draw(reconstruction, sheets.reconstructions, index, data.columns);
    const name = data.names.length ? `a ${data.names[data.labels[index]]}` : "";
    status.textContent = `Test ${data.unit} ${index + 1}${name ? `, ${name}` : ""}. Click to look closer.`;
    original.setAttribute("aria-label", `Original: ${status.textContent}`);
    reconstruction.setAttribute("aria-label", `Reconstruction: ${status.textContent}`);
  }

  // A position between four decoded pictures shows a blend of the four; or the nearest, where codes are discrete.
  function decodeAt(x, y) {
    const { x_range, y_range, count, blended } = data.plane;
    const exact = (value, [low, high]) => ((value - low) / (high - low)) * (count - 1);
    const onGrid = (value, range) => (blended ? exact(value, range) : Math.round(exact(value, range)));
    const [column, row] = [onGrid(x, x_range), onGrid(y, y_range)];
    if (!(column >= 0 && row >= 0 && column <= count - 1 && row <= count - 1)) {
      decoded.getContext("2d").clearRect(0, 0, width, height);
      caption.textContent = "nothing decoded here";
      decoded.setAttribute("aria-label", "Outside of what is decoded");
      return;
    }
    caption.textContent = "decoded right here";
    const [left, top] = [Math.min(Math.floor(column), count - 2), Math.min(Math.floor(row), count - 2)];
    const [right, below] = [column - left, row - top];
    // Painted one over the other, so each share is of what is painted so far.
    let total = 0;
    for (const [r, c, share] of [
      [top, left, (1 - below) * (1 - right)],
      [top, left + 1, (1 - below) * right],
      [top + 1, left, below * (1 - right)],
      [top + 1, left + 1, below * right],
    ]) {
      total += share;
      if (share > 0) draw(decoded, sheets.plane, r * count + c, count, share / total);
    }
    decoded.setAttribute("aria-label", `Decoded at ${x.toFixed(2)}, ${y.toFixed(2)}`);
  }

  return { findSheets, showFirst, showPoint, showPlane: (x, y) => ((hasPointed = true), decodeAt(x, y)) };
}
