// Pictures from a sheet of tiles without gaps, drawn to canvases with hard pixel edges.

const GAP = 3; // CSS pixels between tiles in a row
const LARGEST = 96; // CSS pixels of a tile's side

/** Draws one tile = [height, width] of a sheet to a box = [x, y, width, height] of a canvas, by default at its size. */
export function drawTile(context, sheet, [height, width], row, column, box = [0, 0, width, height]) {
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, column * width, row * height, width, height, ...box);
}

/** Draws a row of a sheet as wide as the first canvas next to this one; without a sheet, the places of its tiles. */
export function drawRow(canvas, sheet, row, { columns, tile }) {
  const [height, width] = tile;
  const ratio = window.devicePixelRatio || 1;
  const room = canvas.parentElement.querySelector("canvas").getBoundingClientRect().width || canvas.clientWidth;
  if (!room || sheet?.complete === false || sheet?.naturalWidth === 0) return;
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
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, total, h);
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--st-secondary-background-color") || "transparent";
  for (let c = 0; c < columns; c++) {
    const box = [c * (w + gap), 0, w, h];
    if (sheet) drawTile(context, sheet, tile, row, c, box);
    else context.fillRect(...box);
  }
}

/** CSS pixels from one tile of a drawn row to the next. */
export function tilePitch(canvas, [height, width]) {
  const scale = canvas.getBoundingClientRect().width / (canvas.width || 1);
  return canvas.height * scale * (width / height) + GAP;
}
