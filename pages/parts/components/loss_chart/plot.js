// The chart that uPlot draws.

import { logTicks, logTickText, lossRange, tickText } from "../shared/scales.js";
import { sharedAxis } from "../shared/uplot.js";
import { LINES } from "./lines.js";

const SHORTEST_DRAG = 6; // pixels
const DIGIT = 7; // pixels, about

const known = (values) => values.filter((value) => value !== null).length;

function series({ width, dash, point, field, spanGaps = false }, color) {
  const few = (u, i) => known(u.data[i]) < 2; // a single value is no line
  return {
    stroke: color,
    width,
    dash,
    pxAlign: 0,
    spanGaps,
    points: { show: field ? (u, i) => Boolean(point) || few(u, i) : false, size: point ?? 5, fill: color, width: 0 },
  };
}

function axes({ unit, log, style }) {
  const isEmpty = (u) => !known(u.data[1]);
  const shared = sharedAxis(style);
  // Without lines there are no values that numbers could name.
  const texts = (u, splits, _axis, _space, increment) => {
    if (isEmpty(u)) return splits.map(() => "");
    return splits.map((tick) => (increment ? tickText(tick, increment) : logTickText(tick)));
  };
  return [
    {
      ...shared,
      label: "epoch",
      space: 60,
      values: texts,
      grid: { show: false },
      border: { show: true, stroke: style.grid, width: 1 },
    },
    {
      ...shared,
      label: `loss (${unit})`,
      size: (_, values) => 12 + DIGIT * Math.max(3, ...(values ?? []).map((text) => text.length)),
      space: 34,
      values: log ? (u, splits) => texts(u, splits) : texts,
      grid: { stroke: style.grid, width: 1 },
      ...(log ? { splits: (_u, _axis, low, high) => logTicks(low, high) } : {}),
    },
  ];
}

/**
 * Draws a chart into `place`.
 *
 * `style` has colors and the font; `end()` returns the last epoch on the axis, `zoom()` the range chosen instead or
 * null, and `onZoom(range)`, `onCursor(u)` and `onDraw(u)` are called after changes.
 */
export function createPlot(uPlot, place, data, options) {
  const { log, style, end, zoom, onZoom, onCursor, onDraw, isHidden } = options;

  function select(u) {
    const { left, width } = u.select;
    if (width >= SHORTEST_DRAG) onZoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  return new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 8, width: 0, fill: (_, i) => style.colors[i - 1] },
        hover: { skip: [null, undefined] },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => onZoom(null) },
      },
      scales: {
        x: { time: false, range: () => zoom() ?? [0, end()] },
        y: { distr: log ? 3 : 1, range: (_, low, high) => lossRange(low, high, log) },
      },
      series: [{}, ...LINES.map((line, i) => ({ ...series(line, style.colors[i]), show: !isHidden(i) }))],
      axes: axes(options),
      hooks: { setSelect: [select], setCursor: [onCursor], draw: [onDraw] },
    },
    data,
    place
  );
}
