// A run's losses over its epochs. The script gives the records of a finished run; those of a run in training are read
// from the server's route. New records, another size and the replay's marker change the chart in place.

import { component } from "../shared/component.js";
import { EPOCH_SHOWN, publish, STATE_REQUESTED } from "../shared/events.js";
import { showLegend } from "../shared/legend.js";
import { watch } from "../shared/live.js";
import { library, styleOf } from "../shared/uplot.js";
import { columns, LINES, names } from "./lines.js";
import { createPlot } from "./plot.js";
import { showTooltip } from "./tooltip.js";

const ROOM = 1.02; // right of the last epoch

export default component(".loss-chart", ({ root, find, data, memory, signal, on, onResize, atEnd }) => {
  const [legend, reset, place, tooltip] = [".legend", ".reset", ".plot", ".tooltip"].map(find);
  if (memory.run !== data.run) Object.assign(memory, { run: data.run, zoom: null, hidden: new Set() });
  const { hidden } = memory;
  const marker = document.createElement("div");
  marker.className = "marker";
  let [options, curve, values, style] = [data, data.curve, null, null];
  let [uPlot, plot, epoch] = [null, null, null]; // `epoch`: of the snapshot that the replay shows

  const isThere = (i) => !i || values[i + 1].some((value) => value !== null);
  const isHidden = (i) => hidden.has(i) || !isThere(i);

  function mark() {
    const left = plot && epoch !== null ? plot.valToPos(epoch, "x") : -1;
    marker.hidden = !(left >= 0 && left <= plot.over.clientWidth);
    marker.style.left = `${left}px`;
  }

  function zoom(range) {
    memory.zoom = range;
    reset.hidden = !range;
    const [min, max] = range ?? [0, 1];
    plot?.setScale("x", { min, max });
  }

  function toggle(i) {
    if (!hidden.delete(i)) hidden.add(i);
    plot?.setSeries(i + 1, { show: !isHidden(i) });
    describe();
  }

  function describe() {
    showLegend(legend, LINES, names(curve), isThere, (i) => hidden.has(i), style.colors, toggle);
    plot?.ctx.canvas.setAttribute("aria-label", curve.alt);
  }

  function showValues() {
    if (plot) showTooltip(tooltip, plot, names(curve), style.colors);
  }

  function fill() {
    values = columns(curve, options.log);
    if (plot) {
      plot.setData(values); // first: without values, a change of the lines would fix the range of the axis
      LINES.forEach((_, i) => {
        if (plot.series[i + 1].show === isHidden(i)) plot.setSeries(i + 1, { show: !isHidden(i) });
      });
      showValues();
    }
    describe();
  }

  /** Draw everything anew: at first, for another kind of axis, and for another theme. */
  function build() {
    style = styleOf(place);
    values = columns(curve, options.log);
    if (uPlot && place.clientWidth) {
      plot?.destroy();
      plot = createPlot(uPlot, place, values, {
        unit: options.unit,
        log: options.log,
        style,
        isHidden,
        end: () => ROOM * (curve.records.at(-1)?.[1] ?? 1),
        zoom: () => memory.zoom,
        onZoom: zoom,
        onCursor: showValues,
        onDraw: mark,
      });
      plot.over.append(marker);
      plot.ctx.canvas.setAttribute("role", "img");
      mark();
      showValues();
    }
    describe();
  }

  function resize() {
    if (!plot) build();
    else plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }

  function loadLibrary() {
    library(data.library).then(
      (loaded) => {
        uPlot = loaded;
        if (!signal.aborted && !plot) build();
      },
      () => {} // the next answer of the server tries again
    );
  }

  function take({ all, records }) {
    if (!all || (records === curve.records && all.alt === curve.alt && all.baseline === curve.baseline)) return;
    curve = { records, baseline: all.baseline, alt: all.alt };
    if (!uPlot) loadLibrary();
    fill();
  }

  root.style.height = `${data.height}px`;
  reset.hidden = !memory.zoom;
  build();
  loadLibrary();
  onResize(place, resize);
  on(reset, "click", () => zoom(null));
  on(place, "transitionend", build); // of the text's color: the theme has changed
  on(place, "pointerenter", () => plot?.syncRect(true)); // the page above may have moved the chart
  on(document, EPOCH_SHOWN, ({ detail }) => {
    epoch = detail?.run === data.run ? detail.epoch : null;
    mark();
  });
  publish(STATE_REQUESTED);
  if (data.live) watch(data.live, signal, take);
  atEnd(() => {
    plot?.destroy();
    delete legend.dataset.shown; // its buttons change the destroyed chart
  });

  return (next) => {
    if (next.run !== data.run || next.live !== data.live || next.height !== data.height) return false;
    if (!next.live) curve = next.curve;
    const isSameAxis = next.log === options.log;
    options = next;
    isSameAxis ? fill() : build();
    return true;
  };
});
