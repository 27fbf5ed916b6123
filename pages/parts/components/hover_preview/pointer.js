// Hovering, clicks, selections and scrolling on the map. Plotly reports a click only after the pointer has rested on a
// point, which misses quick clicks, and on three axes also after a rotation. So clicks are recognized here: a press and
// a release at one position.

import { flatPlot, nearestPoint } from "../shared/plotly.js";
import { followTouches } from "./touch.js";

const STILL = 4; // pixels that the pointer may move during a click
const REACH = 20; // pixels around a point in which a click selects it
const LATE = 600; // milliseconds after a click in which Plotly may report the point under it, on three axes
const HINT = 1500; // milliseconds

export function createPointer(isFlat, signal, { showPoint, showPlane, selectPoint, selectArea }) {
  let chart = null;
  let hovered = null; // the index of the point under the pointer
  let pressed = null; // where the button went down, until the pointer has moved from there
  let clicked = -LATE; // time of a click whose point Plotly has not reported

  const index = (point) => point?.customdata?.[0] ?? point?.customdata;
  const listeners = {
    plotly_hover: ({ points }) => {
      hovered = index(points?.[0]);
      if (!Number.isInteger(hovered)) return;
      showPoint(hovered);
      if (performance.now() - clicked < LATE) selectPoint(hovered);
      clicked = -LATE;
    },
    plotly_unhover: () => (hovered = null),
    plotly_selected: (event) => event?.points && selectArea(event.points.map(index)),
    plotly_deselect: () => selectArea([]),
  };

  // Pixels from the top left corner of a flat map's plot.
  function pixels(event, { box }) {
    const outer = chart.getBoundingClientRect();
    return [event.clientX - outer.left - box.left, event.clientY - outer.top - box.top];
  }

  // Of the whole way: a lasso may end where it began.
  function follow(event) {
    if (pressed && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > STILL) pressed = null;
  }

  function move(event) {
    const plot = isFlat && flatPlot(chart);
    if (plot) showPlane(...plot.toValues(pixels(event, plot)));
  }

  function press(event) {
    pressed = event.button === 0 && !event.target.closest?.(".legend, .modebar") ? event : null;
  }

  function release(event) {
    follow(event);
    const isClick = Boolean(pressed);
    pressed = null;
    if (!isClick) return;
    const plot = isFlat && flatPlot(chart);
    const found = plot ? nearestPoint(chart, pixels(event, plot), REACH) : hovered;
    if (Number.isInteger(found)) selectPoint(found);
    else if (!isFlat) clicked = performance.now();
  }

  // The wheel scrolls the page. With Ctrl it zooms the map; browsers report a pinch on a touchpad as that.
  function wheel(event) {
    if (event.ctrlKey || event.metaKey) return event.preventDefault();
    event.stopPropagation();
    chart.dataset.hint = "Hold Ctrl to zoom, or pinch";
    clearTimeout(chart.hintTimer);
    const hinted = chart;
    chart.hintTimer = setTimeout(() => delete hinted.dataset.hint, HINT);
  }

  function detach() {
    for (const [name, listener] of Object.entries(listeners)) chart?.removeListener?.(name, listener);
    chart = null;
  }

  function attach(found) {
    detach();
    chart = found;
    for (const [name, listener] of Object.entries(listeners)) chart.on(name, listener);
    chart.addEventListener("mousemove", move, { signal });
    chart.addEventListener("mousedown", press, { signal, capture: true });
    followTouches(chart, signal);
    chart.addEventListener("wheel", wheel, { signal, capture: true, passive: false });
  }

  window.addEventListener("mousemove", follow, { signal, capture: true });
  window.addEventListener("mouseup", release, { signal, capture: true });
  return { attach, detach };
}
