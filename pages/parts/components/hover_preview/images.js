// The three images of the preview: an original, its reconstruction, and the image decoded from the plane of the map.
// They are tiles of sheets, which are hidden images of the page and may arrive before or after this component.

import { drawTile } from "../shared/tiles.js";

export function createImages(root, data, signal) {
  const find = (name) => root.querySelector(name);
  const [original, reconstruction, decoded] = [".original", ".reconstruction", ".decoded"].map(find);
  const status = find(".status");
  const caption = decoded.parentElement.querySelector("figcaption");
  const [height, width] = data.tile;
  const sheets = { originals: null, reconstructions: null, plane: null };
  let hasHovered = false;

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

  // Until the pointer is on the map, the preview shows the selected point and the image decoded at its position.
  function showFirst() {
    if (hasHovered) return;
    showPoint(data.initial);
    const selected = data.marks.find(({ name }) => name === "selected");
    if (selected && data.plane && sheets.plane) decodeAt(...selected.points[0]);
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
    const name = data.names.length ? `, class ${data.names[data.labels[index]]}` : "";
    status.textContent = `Test ${data.unit} ${index + 1}${name}. ${index === data.initial ? "It is selected." : "Click to select it."}`;
    original.setAttribute("aria-label", `Original: ${status.textContent}`);
    reconstruction.setAttribute("aria-label", `Reconstruction: ${status.textContent}`);
  }

  // Between four decoded images, the preview shows a blend of the four, or the nearest one if codes are discrete.
  function decodeAt(x, y) {
    const { x_range, y_range, count, blended } = data.plane;
    const exact = (value, [low, high]) => ((value - low) / (high - low)) * (count - 1);
    const onGrid = (value, range) => (blended ? exact(value, range) : Math.round(exact(value, range)));
    const [column, row] = [onGrid(x, x_range), onGrid(y, y_range)];
    if (!(column >= 0 && row >= 0 && column <= count - 1 && row <= count - 1)) {
      decoded.getContext("2d").clearRect(0, 0, width, height);
      caption.textContent = "not decoded here";
      decoded.setAttribute("aria-label", "Outside the decoded area");
      return;
    }
    caption.textContent = "decoded here";
    const [left, top] = [Math.min(Math.floor(column), count - 2), Math.min(Math.floor(row), count - 2)];
    const [right, below] = [column - left, row - top];
    // The four are painted over each other, so each one's opacity is its share of the weights so far.
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

  return { findSheets, showFirst, showPoint, showPlane: (x, y) => ((hasHovered = true), decodeAt(x, y)) };
}
