// How uPlot draws the chart.

import { logTicks, logTickText, tickText, valueRange } from "../shared/scales.js";
import { sharedAxes } from "../shared/uplot.js";
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
  const [x, y] = sharedAxes(style);
  // Without lines there are no values that numbers could name.
  const texts = (u, splits, _axis, _space, increment) => {
    if (isEmpty(u)) return splits.map(() => "");
    return splits.map((tick) => (increment ? tickText(tick, increment) : logTickText(tick)));
  };
  return [
    { ...x, label: "epoch", values: texts },
    {
      ...y,
      label: `loss (${unit})`,
      size: (_, values) => 12 + DIGIT * Math.max(3, ...(values ?? []).map((text) => text.length)),
      values: log ? (u, splits) => texts(u, splits) : texts,
      ...(log ? { splits: (_u, _axis, low, high) => logTicks(low, high) } : {}),
    },
  ];
}

/**
 * uPlot's options.
 *
 * `style` has colors and the font; `end()` returns the last epoch on the axis, `zoom()` the range chosen instead or
 * null, and `onZoom(range)`, `onCursor(u)` and `onDraw(u)` are called after changes.
 */
export function plotOptions(options) {
  const { log, style, end, zoom, onZoom, onCursor, onDraw, isHidden } = options;

  function select(u) {
    const { left, width } = u.select;
    if (width >= SHORTEST_DRAG) onZoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  return {
    cursor: {
      hover: { skip: [null, undefined] },
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => onZoom(null) },
    },
    scales: {
      x: { time: false, range: () => zoom() ?? [0, end()] },
      y: { distr: log ? 3 : 1, range: (_, low, high) => valueRange(low, high, log) },
    },
    series: [{}, ...LINES.map((line, i) => ({ ...series(line, style.colors[i]), show: !isHidden(i) }))],
    axes: axes(options),
    hooks: { setSelect: [select], setCursor: [onCursor], draw: [onDraw] },
  };
}
