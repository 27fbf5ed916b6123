// Rows of pictures from one sheet of tiles, drawn to canvases with hard pixel edges. It stands before a component's own
// script, which is one text with it.

const GAP = 3; // CSS pixels between tiles
const LARGEST = 96; // CSS pixels of a tile's side

function drawRow(canvas, sheet, row, { columns, tile }) {
  const [height, width] = tile;
  const ratio = window.devicePixelRatio || 1;
  const room = canvas.parentElement.querySelector("canvas").getBoundingClientRect().width || canvas.clientWidth;
  if (!room || !sheet.complete || !sheet.naturalWidth) return;
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
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.clearRect(0, 0, total, h);
  for (let c = 0; c < columns; c++) {
    pen.drawImage(sheet, c * width, row * height, width, height, c * (w + gap), 0, w, h);
  }
}

