// uPlot, which draws charts: a script of the server that the browser keeps, loaded once for each page.

import { address } from "./live.js";
import { INCREMENTS } from "./scales.js";

const SECONDS_TO_RETRY = 3; // after the server did not answer

let loading = null;

/** A promise of uPlot from `path`; it fails if the server does not answer, and the next call tries again. */
function library(path) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address(path);
    script.addEventListener("load", () => resolve(window.uPlot));
    script.addEventListener("error", () => {
      script.remove();
      loading = null;
      reject(new Error(`No answer for ${path}`));
    });
    document.head.append(script);
  });
  return loading;
}

/** Colors and font of the theme, as the browser has computed them. */
function styleOf(element) {
  const style = getComputedStyle(element);
  const colors = style.getPropertyValue("--st-chart-categorical-colors").split(",");
  return { text: style.color, grid: style.borderTopColor, font: style.fontFamily, colors };
}

const FONT = 12; // pixels

/** What the axes of all charts have in common: [x, y]. */
export function sharedAxes(style) {
  const line = { stroke: style.grid, width: 1 };
  const axis = {
    stroke: style.text,
    font: `${FONT}px ${style.font}`,
    labelFont: `${FONT + 1}px ${style.font}`,
    labelSize: 20,
    labelGap: 2,
    gap: 5,
    size: FONT + 12,
    incrs: INCREMENTS,
    ticks: { show: false },
    filter: (_, splits) => splits,
  };
  return [
    { ...axis, space: 60, grid: { show: false }, border: { show: true, ...line } },
    { ...axis, space: 34, grid: line },
  ];
}

/**
 * A chart in `place`, drawn by the script at `path`, for which it asks until it has it or the component ends. Call its
 * `build` when all is ready.
 *
 * `options(style)` returns uPlot's options that this chart does not share with others, `values()` its data, and
 * `onBuild()` is called after each `build`. `plot` is null until the script is there and `place` has a width.
 */
export function createChart({ signal, on, onResize, atEnd }, place, path, { options, values, onBuild }) {
  const chart = { plot: null, style: null, build };
  let uPlot = null;

  function draw() {
    const { style } = chart;
    const { cursor, ...others } = options(style);
    chart.plot?.destroy();
    chart.plot = new uPlot(
      {
        width: place.clientWidth,
        height: place.clientHeight,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 8, width: 0, fill: (_, i) => style.colors[i - 1] }, ...cursor },
        ...others,
      },
      values(),
      place
    );
  }

  /** Draw everything anew: at first, for other options, and for another theme. */
  function build() {
    chart.style = styleOf(place);
    if (uPlot && place.clientWidth) draw();
    onBuild();
  }

  function resize() {
    if (!chart.plot) build();
    else chart.plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }

  function load() {
    if (signal.aborted) return;
    library(path).then(
      (loaded) => {
        uPlot = loaded;
        if (!signal.aborted) build();
      },
      () => setTimeout(load, 1000 * SECONDS_TO_RETRY)
    );
  }

  load();
  onResize(place, resize);
  on(place, "transitionend", build); // of the text's color: the theme has changed
  on(place, "pointerenter", () => chart.plot?.syncRect(true)); // the page above may have moved the chart
  atEnd(() => chart.plot?.destroy());
  return chart;
}
