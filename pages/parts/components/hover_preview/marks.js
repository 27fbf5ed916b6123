// Marks and paths over a map, drawn by the browser: Plotly would redraw the whole figure for them and lose its camera.
// Other components publish the position of the code that sliders moved, and the position between A and B.

import { CODE_MOVED, PATH_POSITION, publish, STATE_REQUESTED } from "../shared/events.js";
import { flatPlot, hasThreeAxes, scenePlot } from "../shared/plotly.js";

const EDGE = 9; // pixels from the plot's edge to a mark whose point lies outside
const ROOM = 90; // pixels for a mark's name

// A mark whose point lies outside the plot is drawn and labeled at its edge.
function point({ name, points }, toPixels, { width, height }) {
  const position = toPixels(points[0]).map(Number);
  const [x, y] = [width, height].map((size, i) => Math.min(size - EDGE, Math.max(EDGE, position[i])));
  const outside = Math.abs(x - position[0]) > EDGE || Math.abs(y - position[1]) > EDGE;
  // Left of its ring, so that it does not cover the name of the point it moved from.
  const side = name === "moved" || x > width - ROOM ? 'dx="-11" text-anchor="end"' : 'dx="11"';
  const [style, text] = outside ? ["outside", `${name}, outside`] : ["", name];
  return `<circle class="${style}" cx="${x}" cy="${y}" r="8"/><text x="${x}" y="${y}" ${side} dy="4">${text}</text>`;
}

function path({ name, points }, toPixels, share) {
  const line = `<polyline class="${name}" points="${points.map((point) => toPixels(point).join(",")).join(" ")}"/>`;
  if (share === null) return line;
  const [x, y] = toPixels(points[Math.round(share * (points.length - 1))]);
  return `${line}<circle class="path-position" cx="${x}" cy="${y}" r="5"/>`;
}

export function createMarks(marks, signal) {
  let chart = null;
  let moved = null; // position of the selected code as sliders moved it
  let share = null; // position between A and B, 0 to 1
  let drawnView = null; // the camera of a map with three axes when the marks were drawn

  function layer() {
    const found = chart.querySelector(".map-marks");
    if (found) return found;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("class", "map-marks");
    chart.append(made);
    return made;
  }

  const plotOf = () => flatPlot(chart) ?? scenePlot(chart);

  function draw() {
    const plot = plotOf();
    if (!plot) return;
    drawnView = plot.view;
    const svg = layer();
    for (const [name, value] of Object.entries(plot.box)) svg.style[name] = `${value}px`;
    const toPixels = (position) => plot.toPixels(position).map((value) => value.toFixed(1));
    const all = moved && marks.length ? [...marks, { name: "moved", points: [moved] }] : marks;
    svg.innerHTML = all
      .map((mark) => (mark.points.length > 1 ? path(mark, toPixels, share) : point(mark, toPixels, plot.box)))
      .join("");
  }

  // Plotly reports only some of the frames of a rotation.
  function follow() {
    if (signal.aborted || !hasThreeAxes(chart)) return;
    const plot = plotOf();
    if (plot && plot.view !== drawnView) draw();
    requestAnimationFrame(follow);
  }

  const listen = (name, store) => document.addEventListener(name, ({ detail }) => (store(detail), draw()), { signal });
  listen(CODE_MOVED, (position) => (moved = position));
  listen(PATH_POSITION, (position) => (share = position));
  publish(STATE_REQUESTED);
  return { draw, attach: (found) => ((chart = found), draw(), follow()) };
}
