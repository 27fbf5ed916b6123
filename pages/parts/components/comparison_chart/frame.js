// The frame of the chart, which uPlot draws.

import { library, styleOf } from "../shared/uplot.js";

/**
 * A chart in `place`, drawn by the script at `path` until the component ends.
 *
 * `options(style)` returns uPlot's options that this chart does not share with others, `values(uPlot)` its data, and
 * `onBuild()` is called after each `build`. `plot` is null until the script is there and `place` has a width.
 */
export function createFrame({ signal, on, onResize, atEnd }, place, path, { options, values, onBuild }) {
  const chart = { plot: null, style: null, build, fill: () => chart.plot?.setData(values(uPlot)) };
  let uPlot = null;

  function build() {
    chart.style = styleOf(place);
    if (uPlot && place.clientWidth) {
      chart.plot?.destroy();
      const size = { width: place.clientWidth, height: place.clientHeight };
      chart.plot = new uPlot(
        { ...size, padding: [8, 12, 0, 0], legend: { show: false }, ...options(chart.style) },
        values(uPlot),
        place
      );
      chart.plot.ctx.canvas.setAttribute("role", "img");
    }
    onBuild();
  }

  function resize() {
    if (!chart.plot) build();
    else chart.plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }

  library(path).then(
    (loaded) => {
      uPlot = loaded;
      if (!signal.aborted) build();
    },
    () => {} // the next script run tries again
  );
  onResize(place, resize);
  on(place, "transitionend", build); // of the text's color: the theme has changed
  on(place, "pointerenter", () => chart.plot?.syncRect(true)); // the page above may have moved the chart
  atEnd(() => chart.plot?.destroy());
  return chart;
}
