// A run's losses over its epochs. The script gives the records of a finished run; those of a run in training are read
// from the server's route. New records, another size and the replay's marker change the chart in place.

import { component } from "../shared/component.js";
import { EPOCH_SHOWN, publish, STATE_REQUESTED } from "../shared/events.js";
import { showLegend } from "../shared/legend.js";
import { watch } from "../shared/live.js";
import { createChart } from "../shared/uplot.js";
import { columns, LINES, names } from "./lines.js";
import { plotOptions } from "./plot.js";
import { showTooltip } from "./tooltip.js";

const ROOM = 1.02; // right of the last epoch

export default component(".loss-chart", (context) => {
  const { root, find, data, memory, signal, on, atEnd } = context;
  const [legend, reset, place, tooltip] = [".legend", ".reset", ".plot", ".tooltip"].map(find);
  if (memory.run !== data.run) Object.assign(memory, { run: data.run, zoom: null, hidden: new Set() });
  const { hidden } = memory;
  const marker = document.createElement("div");
  marker.className = "marker";
  let [options, curve, values] = [data, data.curve, columns(data.curve, data.log)];
  let epoch = null; // of the snapshot that the replay shows
  const chart = createChart(context, place, data.library, {
    options: (style) =>
      plotOptions({
        unit: options.unit,
        log: options.log,
        style,
        isHidden,
        end: () => ROOM * (curve.records.at(-1)?.[1] ?? 1),
        zoom: () => memory.zoom,
        onZoom: zoom,
        onCursor: showValues,
        onDraw: mark,
      }),
    values: () => values,
    onBuild: decorate,
  });

  const isThere = (i) => !i || values[i + 1].some((value) => value !== null);
  const isHidden = (i) => hidden.has(i) || !isThere(i);

  function mark() {
    const { plot } = chart;
    const left = plot && epoch !== null ? plot.valToPos(epoch, "x") : -1;
    marker.hidden = !(left >= 0 && left <= plot.over.clientWidth);
    marker.style.left = `${left}px`;
  }

  function zoom(range) {
    memory.zoom = range;
    reset.hidden = !range;
    const [min, max] = range ?? [0, 1];
    chart.plot?.setScale("x", { min, max });
  }

  function toggle(i) {
    if (!hidden.delete(i)) hidden.add(i);
    chart.plot?.setSeries(i + 1, { show: !isHidden(i) });
    describe();
  }

  function describe() {
    showLegend(legend, LINES, names(curve), isThere, (i) => hidden.has(i), chart.style.colors, toggle);
    place.setAttribute("aria-label", curve.alt);
  }

  function showValues() {
    if (chart.plot) showTooltip(tooltip, chart.plot, names(curve), chart.style.colors);
  }

  function fill() {
    const { plot } = chart;
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

  function decorate() {
    if (chart.plot) {
      chart.plot.over.append(marker);
      mark();
      showValues();
    }
    describe();
  }

  function take({ all, records }) {
    if (!all || (records === curve.records && all.alt === curve.alt && all.baseline === curve.baseline)) return;
    curve = { records, baseline: all.baseline, alt: all.alt };
    fill();
  }

  root.style.height = `${data.height}px`;
  reset.hidden = !memory.zoom;
  chart.build();
  on(reset, "click", () => zoom(null));
  on(document, EPOCH_SHOWN, ({ detail }) => {
    epoch = detail?.run === data.run ? detail.epoch : null;
    mark();
  });
  publish(STATE_REQUESTED);
  if (data.live) watch(data.live, signal, take);
  atEnd(() => delete legend.dataset.shown); // its buttons change the destroyed chart

  return (next) => {
    if (next.run !== data.run || next.live !== data.live || next.height !== data.height) return false;
    if (!next.live) curve = next.curve;
    const isSameAxis = next.log === options.log;
    options = next;
    if (isSameAxis) fill();
    else {
      values = columns(curve, options.log);
      chart.build();
    }
    return true;
  };
});
