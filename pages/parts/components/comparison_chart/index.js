// The losses of several runs on a common axis. Records of runs in training are read from the server's route.

import { choice } from "../shared/choice.js";
import { component } from "../shared/component.js";
import { ADDRESS_CHANGED, publish } from "../shared/events.js";
import { integer, short } from "../shared/format.js";
import { sample, showLegend } from "../shared/legend.js";
import { watch } from "../shared/live.js";
import { parameter, setParameters } from "../shared/query.js";
import { LETTERS, runColors } from "../shared/runs.js";
import { logTicks, logTickText, tickText, valueRange } from "../shared/scales.js";
import { showBox } from "../shared/tooltip.js";
import { createChart, sharedAxes } from "../shared/uplot.js";
import { entriesOf, last, seriesOf, validation } from "./lines.js";

const ROOM = 1.02; // right of the last record
const SHORTEST_DRAG = 6; // pixels
const DIGIT = 7; // pixels, about
const WIDTHS = { training: 1, validation: 2.5, baseline: 1.5 };
const TITLES = { step: "step", epoch: "epoch", seconds: "seconds of training", images: "images seen" };

export default component(".comparison-chart", (context) => {
  const { find, data, memory, signal, on, atEnd } = context;
  const [legend, reset, place, tooltip, logBox, slider] = [
    ".legend",
    ".reset",
    ".plot",
    ".tooltip",
    ".log",
    ".smooth",
  ].map(find);
  const runs = data.curves.map((curve) => ({ ...curve }));
  memory.hidden ??= new Set(); // names
  memory.zoom ??= null;
  let [axis, log, weight] = settings();
  let entries = entriesOf(runs);
  let lines = seriesOf(entries, axis, log, weight);
  const isHidden = (entry) => memory.hidden.has(entries[entry].name);
  const colorsOf = (style) => {
    const colors = runColors(place);
    return style && entries.map(({ number }) => colors[number]);
  };

  const chart = createChart(context, place, data.library, {
    options,
    values,
    onBuild: describe,
  });

  /** Axis, logarithm and smoothing as the address holds them. */
  function settings() {
    const named = parameter("axis");
    const weight = Math.min(0.95, Math.max(0, Number(parameter("smooth")) || 0));
    return [Object.hasOwn(data.axes, named) ? named : "step", parameter("log") === "1", weight];
  }

  function values() {
    return window.uPlot.join(lines.series.map(({ at, values }) => [at, values]));
  }

  function options(style) {
    const colors = colorsOf(style);
    const [x, y] = sharedAxes(style);
    const text = (_u, splits, _axis, _space, increment) =>
      splits.map((tick) => (increment ? tickText(tick, increment) : logTickText(tick)));
    const wide = (_, values) => 12 + DIGIT * Math.max(3, ...(values ?? []).map(({ length }) => length));
    return {
      cursor: {
        points: { size: 8, width: 0, fill: (_, i) => colors[lines.series[i - 1].entry] },
        hover: { skip: [null, undefined] },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => zoom(null) },
      },
      scales: {
        x: { time: false, range: () => memory.zoom ?? [0, ROOM * (lines.end || 1)] },
        y: { distr: log ? 3 : 1, range: (_, low, high) => valueRange(low, high, log) },
      },
      series: [{}, ...lines.series.map(({ entry, kind }) => lineOf(entry, kind, colors[entry]))],
      axes: [
        { ...x, label: TITLES[axis], values: text },
        {
          ...y,
          label: `reconstruction loss (${data.unit})`,
          size: wide,
          values: log ? (u, splits) => text(u, splits) : text,
          ...(log ? { splits: (_u, _axis, low, high) => logTicks(low, high) } : {}),
        },
      ],
      hooks: { setSelect: [select], setCursor: [showValues] },
    };
  }

  function lineOf(entry, kind, color) {
    const isValidation = kind === "validation";
    return {
      stroke: kind === "training" ? `color-mix(in srgb, ${color} 55%, transparent)` : color,
      width: WIDTHS[kind],
      dash: kind === "baseline" ? [8, 5] : undefined,
      pxAlign: 0,
      spanGaps: true,
      show: !isHidden(entry),
      points: { show: isValidation, size: 4, fill: color, width: 0 },
    };
  }

  function select(u) {
    const { left, width } = u.select;
    if (width >= SHORTEST_DRAG) zoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  function zoom(range) {
    memory.zoom = range;
    reset.hidden = !range;
    const [min, max] = range ?? [0, 1]; // the scale's `range` decides
    chart.plot?.setScale("x", { min, max });
  }

  function toggle(entry) {
    const { name } = entries[entry];
    if (!memory.hidden.delete(name)) memory.hidden.add(name);
    lines.series.forEach((line, i) => {
      if (line.entry === entry) chart.plot?.setSeries(i + 1, { show: !isHidden(entry) });
    });
    describe();
  }

  function describe() {
    showLegend(
      legend,
      entries,
      entries.map(({ name }) => name),
      () => true,
      isHidden,
      colorsOf(chart.style),
      toggle
    );
    const texts = runs.map((run) => {
      const loss = last(validation(run));
      const baseline = run.baseline ? `, ${run.baseline.name} ${short(run.baseline.loss)}` : "";
      return `${LETTERS[run.number]} ${run.name}: ${loss === null ? "no validation loss yet" : `validation ${short(loss)}`}${baseline}`;
    });
    place.setAttribute("aria-label", `Reconstruction loss in ${data.unit}. ${texts.join(". ")}.`);
  }

  function showValues(u) {
    const colors = colorsOf(chart.style);
    const here = u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : 0;
    const rows = lines.series.flatMap(({ entry, kind, at }, i) => {
      const idx = u.cursor.idxs?.[i + 1];
      const value = idx === null || idx === undefined ? null : u.data[i + 1][idx];
      if (isHidden(entry) || value === null || value === undefined) return [];
      const letter = LETTERS[entries[entry].number];
      return {
        sample: sample({ width: WIDTHS[kind], border: entries[entry].border }, colors[entry]),
        name: kind === "baseline" ? entries[entry].name : `${letter} ${kind}`,
        value: short(value),
        note: kind !== "baseline" && here > at.at(-1) ? " at its end" : "",
      };
    });
    showBox(tooltip, u, `${TITLES[axis]} ${lines.end < 100 ? here.toFixed(1) : integer(here)}`, rows);
  }

  /** Take other records: in place, unless the lines are others. */
  function fill() {
    const before = entries.length;
    entries = entriesOf(runs);
    lines = seriesOf(entries, axis, log, weight);
    if (entries.length === before && chart.plot) {
      chart.plot.setData(values());
      describe();
    } else chart.build();
  }

  /** Draw with other settings. */
  function apply(values) {
    if (values[0] !== axis) zoom(null);
    [axis, log, weight] = values;
    lines = seriesOf(entries, axis, log, weight);
    showAxis(axis);
    logBox.checked = log;
    slider.value = String(weight);
    chart.build();
  }

  function choose(...values) {
    const [chosen, isLog, smoothing] = values;
    const shown = { axis: chosen === "step" ? null : chosen, log: isLog ? "1" : null, smooth: smoothing || null };
    setParameters(chosen === axis ? shown : { ...shown, at: null }); // where the slider of the images was
    publish(ADDRESS_CHANGED);
  }

  const showAxis = choice(find(".axes"), Object.entries(data.axes), (chosen) => choose(chosen, log, weight));
  find(".chart").style.height = `${data.height}px`;
  find(".controls").hidden = !data.has_controls;
  showAxis(axis);
  logBox.checked = log;
  slider.value = String(weight);
  reset.hidden = !memory.zoom;
  on(document, ADDRESS_CHANGED, () => apply(settings()));
  on(logBox, "change", () => choose(axis, logBox.checked, weight));
  on(slider, "input", () => choose(axis, log, Number(slider.value)));
  on(reset, "click", () => zoom(null));
  runs
    .filter(({ is_live }) => is_live)
    .forEach((run) => {
      watch(run.run, signal, ({ all, records }) => {
        if (!all || records === run.records) return;
        Object.assign(run, { records, baseline: all.baseline });
        fill();
      });
    });
  chart.build();
  atEnd(() => delete legend.dataset.shown); // its buttons change the destroyed chart
});
