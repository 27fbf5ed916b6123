// The results of a sweep: progress, error over the setting beside PCA's, and a table. Read from the server's route.

import { choice } from "../shared/choice.js";
import { component } from "../shared/component.js";
import { sample, showLegend } from "../shared/legend.js";
import { address, LOST } from "../shared/live.js";
import { parameter, setParameters } from "../shared/query.js";
import { logTicks, logTickText, tickText, valueRange } from "../shared/scales.js";
import { showBox } from "../shared/tooltip.js";
import { createChart, sharedAxes } from "../shared/uplot.js";
import { extent, haveOrder, MEASURES, measuresOf, number, pointsOf, spreadText } from "./points.js";
import { poll } from "./poll.js";
import { showTable } from "./table.js";

const ROOM = 0.06; // of the axis, on both sides of the values
const DIGIT = 7; // pixels, about
const SECONDS_BETWEEN_REQUESTS = 2; // for a script run
const BASELINE = 2; // index of the theme's color that means a baseline
const LINES = [{ width: 2.5 }, { width: 1.5, border: "dashed" }];

export default component(".sweep-results", (context) => {
  const { find, memory, signal, on, atEnd, setTriggerValue } = context;
  let { data } = context;
  const [status, track, done, legend, place, tooltip, logBox] = [
    ".status",
    ".track",
    ".done",
    ".legend",
    ".plot",
    ".tooltip",
    ".log",
  ].map(find);
  memory.hidden ??= new Set();
  let results = data.results;
  let [measures, measure, log] = [[], "mse", false];
  let points = [];
  let hadResults = false; // an axis without results has no numbers
  let lost = false;
  let askedAt = -Infinity;
  let isForgotten = false; // the server may be another one, which ignores clicks until it has run the script
  const names = () => [results.seeds > 1 ? "Autoencoder, mean ± standard deviation" : "Autoencoder", pcaName()];
  const colors = (style) => style && [style.colors[0], style.colors[BASELINE]];
  const isHidden = (i) => memory.hidden.has(i);
  const chart = createChart(context, place, data.library, { options, values, onBuild: describe });

  function pcaName() {
    const sizes = new Set(results.values.map(({ components }) => components));
    return sizes.size === 1 ? `PCA, ${[...sizes][0]} components` : "PCA with as many components";
  }

  function read() {
    measures = measuresOf(results);
    const named = parameter("measure");
    measure = measures.includes(named) ? named : measures[0];
    log = parameter("logerror") === "1" && MEASURES[measure].canBeLog;
    points = pointsOf(results, measure);
  }

  function values() {
    const bound = (sign) => points.map(({ spread }) => (spread?.std ? spread.mean + sign * spread.std : null));
    const positive = (column) => column.map((value) => (log && value <= 0 ? null : value));
    return [
      points.map(({ at }) => at),
      ...[points.map(({ spread }) => spread?.mean ?? null), points.map(({ pca }) => pca), bound(1), bound(-1)].map(
        positive
      ),
    ];
  }

  function options(style) {
    const [ours, baseline] = colors(style);
    const [x, y] = sharedAxes(style);
    const [first, last] = [points[0].at, points.at(-1).at];
    const room = ROOM * (last - first || 1);
    const unjoined = haveOrder(results) ? {} : { paths: () => null };
    const isEmpty = extent(points, measure)[0] === null;
    const text = (_u, splits, _axis, _space, increment) =>
      splits.map((tick) => (isEmpty ? "" : log ? logTickText(tick) : tickText(tick, increment)));
    const wide = (_, texts) => 12 + DIGIT * Math.max(3, ...(texts ?? []).map(({ length }) => length));
    const band = { width: 0, points: { show: false }, show: !isHidden(0) };
    return {
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: () => [first - room, last + room] },
        y: { distr: log ? 3 : 1, range: () => valueRange(...extent(points, measure), log) },
      },
      series: [
        {},
        { ...line(ours, 2.5, !isHidden(0)), ...unjoined },
        { ...line(baseline, 1.5, !isHidden(1)), dash: [8, 5] },
        band,
        band,
      ],
      bands: haveOrder(results) ? [{ series: [3, 4], fill: `color-mix(in srgb, ${ours} 20%, transparent)` }] : [],
      axes: [
        { ...x, label: data.title, splits: () => points.map(({ at }) => at), values: fitting },
        {
          ...y,
          label: MEASURES[measure].label,
          size: wide,
          values: text,
          ...(log ? { splits: (_u, _axis, low, high) => logTicks(low, high) } : {}),
        },
      ],
      hooks: { setCursor: [showValues], draw: [drawRuns] },
    };
  }

  const line = (stroke, width, show) => ({
    stroke,
    width,
    show,
    pxAlign: 0,
    spanGaps: true,
    points: { show: true, size: 7, fill: stroke, width: 0 },
  });

  /** The texts of the values that do not overlap. */
  function fitting(u) {
    let free = -Infinity;
    return points.map(({ at, text }) => {
      const half = (DIGIT * text.length) / 2;
      const middle = u.valToPos(at, "x");
      if (middle - half < free) return "";
      free = middle + half + DIGIT;
      return text;
    });
  }

  /** Each run as a ring, where there are several of a value. */
  function drawRuns({ ctx, valToPos, bbox }) {
    if (isHidden(0) || results.seeds === 1) return;
    ctx.save();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colors(chart.style)[0];
    ctx.lineWidth = devicePixelRatio;
    for (const { at, runs } of points)
      for (const run of runs) {
        const score = run[`test_${measure}`];
        if (score === null || (log && score <= 0)) continue;
        ctx.beginPath();
        ctx.arc(valToPos(at, "x", true), valToPos(score, "y", true), 4 * devicePixelRatio, 0, 2 * Math.PI);
        ctx.stroke();
      }
    ctx.restore();
  }

  function showValues(u) {
    const { idx } = u.cursor;
    const point = idx === null || idx === undefined ? null : points[idx];
    const [ours, baseline] = colors(chart.style);
    const rows = [];
    if (point?.spread && !isHidden(0))
      rows.push({
        sample: sample(LINES[0], ours),
        name: "Autoencoder",
        value: spreadText(point.spread, measure),
        note: point.spread.count > 1 ? `${point.spread.count} seeds` : "",
      });
    if (point && point.pca !== null && !isHidden(1))
      rows.push({
        sample: sample(LINES[1], baseline),
        name: "PCA",
        value: number(point.pca, measure),
        note: `${point.components} components`,
      });
    showBox(tooltip, u, point ? `${data.title} ${point.text}` : "", rows);
  }

  function toggle(i) {
    if (!memory.hidden.delete(i)) memory.hidden.add(i);
    chart.build();
  }

  function describe() {
    const known = [() => points.some(({ spread }) => spread), () => points.some(({ pca }) => pca !== null)];
    showLegend(legend, LINES, names(), (i) => known[i](), isHidden, colors(chart.style) ?? ["", ""], toggle);
    const texts = points
      .filter(({ spread }) => spread)
      .map(({ text, spread, pca }) => {
        const baseline = pca === null ? "" : `, PCA ${number(pca, measure)}`;
        return `${text}: ${spreadText(spread, measure)}${baseline}`;
      });
    const label = `${MEASURES[measure].label} over ${data.title}`;
    place.setAttribute("aria-label", texts.length ? `${label}. ${texts.join(". ")}.` : `${label}: no results yet.`);
  }

  /** Show the results as they are now. */
  function draw() {
    const before = `${measures} ${points.length}`;
    read();
    status.textContent = lost ? LOST : results.progress;
    const percent = Math.round(100 * results.fraction);
    done.style.width = `${percent}%`;
    track.setAttribute("aria-valuenow", String(percent));
    track.hidden = results.status === "finished";
    if (before !== `${measures} ${points.length}`) makeChoice();
    showMeasure(measure);
    logBox.checked = log;
    logBox.parentElement.hidden = !MEASURES[measure].canBeLog;
    showTable(find, results, points, measure, data.title);
    const known = points.some(({ spread, pca }) => spread || pca !== null);
    if (chart.plot && known === hadResults) {
      chart.plot.setData(values());
      describe();
    } else chart.build();
    hadResults = known;
  }

  let showMeasure = () => {};
  function makeChoice() {
    const titles = measures.map((name) => [name, MEASURES[name].title]);
    showMeasure = choice(find(".measures"), titles, (chosen) => choose({ measure: chosen === "mse" ? null : chosen }));
  }

  function choose(changes) {
    setParameters(changes);
    draw();
    chart.build(); // the axis is another one
  }

  /** Ask for a script run if the page should have other buttons, or another sweep. */
  function askIfChanged(now) {
    if ((now === data.status && !isForgotten) || performance.now() - askedAt < 1000 * SECONDS_BETWEEN_REQUESTS) return;
    askedAt = performance.now();
    setTriggerValue("changed", now);
  }

  find(".download").href = address(`live/sweeps/${encodeURIComponent(data.sweep)}.csv`);
  find(".chart").style.height = `${data.height}px`;
  on(logBox, "change", () => choose({ logerror: logBox.checked ? "1" : null }));
  draw();
  poll(data.sweep, signal, (now) => {
    lost = Boolean(now.lost);
    isForgotten ||= lost;
    if (now.problem) askIfChanged("gone");
    if (now.results) results = now.results;
    if (!now.problem && !lost) askIfChanged(results.status);
    draw();
    return results.interval;
  });
  atEnd(() => delete legend.dataset.shown); // its buttons change the destroyed chart
  return (next) => {
    if (next.sweep !== data.sweep) return false;
    data = next;
    results = next.results;
    isForgotten = false;
    draw();
    return true;
  };
});
