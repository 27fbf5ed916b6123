// Latent maps of several runs. All images are there as sheets of tiles: pointing at one asks no server.

import { component } from "../shared/component.js";
import { parameter, setParameters } from "../shared/query.js";
import { LETTERS, runColors } from "../shared/runs.js";
import { drawShape } from "../shared/shapes.js";
import { drawTile } from "../shared/tiles.js";
import { createMap } from "./map.js";

function make(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function label({ number, name }) {
  const made = make("figcaption", "label");
  made.append(make("b", "letter", LETTERS[number]), make("span", "name", name));
  return made;
}

export default component(".linked-maps", ({ root, find, data, memory, on, onResize }) => {
  const { maps, labels, names, shapes, columns, tile, unit } = data;
  const [legend, shown, status, place] = [".legend", ".shown", ".status", ".maps"].map(find);
  const count = labels.length;
  let colors = [];
  let kept = memory.index ?? Number.parseInt(parameter("test"), 10) - 1; // the clicked image
  if (!(kept >= 0 && kept < count)) kept = null;
  let marked = kept;

  const styleOf = (i) => ({ color: colors[labels[i] % colors.length], shape: shapes[labels[i] % shapes.length] });

  const images = [
    { sheet: data.sheet, label: make("figcaption", "label", "original") },
    ...maps.map((map) => ({ sheet: map.sheet, label: label(map) })),
  ].map(({ sheet, label }) => {
    const [figure, canvas, image] = [make("figure", ""), make("canvas", "tile"), new Image()];
    [canvas.height, canvas.width] = tile;
    canvas.setAttribute("role", "img");
    image.addEventListener("load", () => showImages());
    image.src = sheet;
    figure.append(canvas, label);
    return { figure, canvas, image, name: label.textContent };
  });
  shown.replaceChildren(...images.map(({ figure }) => figure));

  const charts = maps.map((map) => {
    const figure = make("figure", "");
    const frame = make("div", "map");
    frame.append(make("canvas", ""), make("canvas", ""));
    frame.tabIndex = 0;
    frame.setAttribute("role", "img");
    const caption = label(map);
    caption.append(make("small", "note", map.title));
    figure.append(caption, frame);
    return { figure, frame, ...createMap(frame, map.points, styleOf) };
  });
  place.replaceChildren(...charts.map(({ figure }) => figure));

  const classOf = (i) => (names.length ? `, class ${names[labels[i]]}` : "");
  const nameOf = (i) => `test ${unit} ${i + 1}${classOf(i)}`;

  function showImages() {
    shown.classList.toggle("empty", marked === null);
    for (const { canvas, image, name } of images) {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const text = name === "original" ? "Original" : `Reconstruction by ${name.slice(1)}`;
      canvas.setAttribute("aria-label", marked === null ? `${text}: no image is marked` : `${text}: ${nameOf(marked)}`);
      if (marked !== null && image.naturalWidth) {
        drawTile(context, image, tile, Math.floor(marked / columns), marked % columns);
      }
    }
  }

  function mark(i) {
    marked = i;
    for (const [k, { frame, mark }] of charts.entries()) {
      mark(i);
      const text = i === null ? "" : ` Marked: ${nameOf(i)}.`;
      frame.setAttribute("aria-label", `Map of ${count} codes of ${maps[k].name}: ${maps[k].title}.${text}`);
    }
    showImages();
    status.textContent =
      i === null
        ? `Point at a code to mark the same test ${unit} in every map. A click keeps it; arrow keys go to the next ${unit}.`
        : `Test ${unit} ${i + 1} of ${count}${classOf(i)}${i === kept ? ", kept in the address" : ""}`;
  }

  function keep(i) {
    kept = memory.index = i;
    mark(i);
    setParameters({ test: i === null ? null : String(i + 1) });
  }

  function draw() {
    colors = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors").split(",");
    const ofRuns = runColors(root);
    for (const group of [place, shown]) {
      group.querySelectorAll(".letter").forEach((letter, i) => {
        letter.style.background = ofRuns[maps[i].number];
      });
    }
    for (const chart of charts) chart.draw();
    drawLegend();
  }

  function drawLegend() {
    const ratio = window.devicePixelRatio || 1;
    const items = names.map((name, i) => {
      const [item, canvas] = [make("span", "class"), make("canvas", "")];
      [canvas.width, canvas.height] = [14 * ratio, 14 * ratio];
      const context = canvas.getContext("2d");
      context.fillStyle = colors[i % colors.length];
      drawShape(context, shapes[i % shapes.length], 7 * ratio, 7 * ratio, 4.5 * ratio);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Points of class ${name}`);
      item.append(canvas, name);
      return item;
    });
    legend.replaceChildren(...items);
  }

  for (const { frame, nearest } of charts) {
    on(frame, "pointermove", (event) => {
      const found = nearest(event) ?? kept;
      if (found !== marked) mark(found);
    });
    on(frame, "pointerleave", () => mark(kept));
    on(frame, "click", (event) => keep(nearest(event)));
    on(frame, "keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") keep(null);
      if (!step) return;
      event.preventDefault();
      keep(((marked ?? (step > 0 ? -1 : 0)) + step + count) % count);
    });
  }
  onResize(root, draw);
  on(place, "transitionend", draw); // of the text's color: the theme has changed
  draw();
  mark(kept);
});
