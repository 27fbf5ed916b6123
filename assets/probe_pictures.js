// The three pictures of the probe: an original, its reconstruction, and what the map's plane decodes to. They are cut
// from sheets of tiles, which are hidden pictures of the page and come before or after this.

function probePictures(root, data, signal) {
  const find = (name) => root.querySelector(name);
  const [original, answer, here] = [".original", ".answer", ".here"].map(find);
  const told = find(".told");
  const caption = here.parentElement.querySelector("figcaption");
  const [height, width] = data.tile;
  const sheets = { originals: null, answers: null, plane: null };
  let pointed = false;

  for (const canvas of [original, answer, here]) Object.assign(canvas, { width, height });
  here.parentElement.hidden = !data.plane;

  function fetchSheets() {
    for (const name of Object.keys(sheets)) {
      const found = document.querySelector(`.st-key-sheet-${name} img`);
      if (found === sheets[name]) continue;
      sheets[name] = found;
      found?.addEventListener("load", begin, { signal });
      if (found?.complete) begin();
    }
  }

  // Until something is pointed at: the pinned point, and its place.
  function begin() {
    if (pointed) return;
    point(data.first);
    const pinned = data.marks.find(({ name }) => name === "pinned");
    if (pinned && data.plane && sheets.plane) decoded(...pinned.points[0]);
  }

  function tile(canvas, sheet, index, columns, share = 1) {
    if (!sheet?.naturalWidth) return;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.globalAlpha = share;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    pen.drawImage(sheet, column * width, row * height, width, height, 0, 0, width, height);
    pen.globalAlpha = 1;
  }

  // The point of that number, and what the model makes of it.
  function point(index) {
    tile(original, sheets.originals, index, data.columns);
    tile(answer, sheets.answers, index, data.columns);
    const name = data.names.length ? `a ${data.names[data.labels[index]]}` : "";
    told.textContent = `Test ${data.unit} ${index + 1}${name ? `, ${name}` : ""}. Click to look closer.`;
    original.setAttribute("aria-label", `Original: ${told.textContent}`);
    answer.setAttribute("aria-label", `Reconstruction: ${told.textContent}`);
  }

  // A place between four decoded pictures shows a mixture of the four; or the nearest, where codes have no between.
  function decoded(x, y) {
    const { across, down, count } = data.plane;
    const exact = (value, [low, high]) => ((value - low) / (high - low)) * (count - 1);
    const at = (value, ends) => (data.plane.mixed ? exact(value, ends) : Math.round(exact(value, ends)));
    const [column, row] = [at(x, across), at(y, down)];
    if (!(column >= 0 && row >= 0 && column <= count - 1 && row <= count - 1)) {
      here.getContext("2d").clearRect(0, 0, width, height);
      caption.textContent = "nothing decoded here";
      here.setAttribute("aria-label", "Outside of what is decoded");
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
      if (share > 0) tile(here, sheets.plane, r * count + c, count, share / total);
    }
    here.setAttribute("aria-label", `Decoded at ${x.toFixed(2)}, ${y.toFixed(2)}`);
  }

  return { fetchSheets, begin, point, plane: (x, y) => ((pointed = true), decoded(x, y)) };
}
