// A training's metrics and diagnoses, and the lines of its loss chart: the script draws the chart without any, and the
// browser fills it in again after each answer, and whenever Streamlit has drawn it anew.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { watch } from "../shared/live.js";
import { findChart } from "../shared/plotly.js";

const [EPOCH, TRAIN, VALIDATION, RECONSTRUCTION] = [1, 2, 3, 4]; // in a record; the first is the step
const ROOM = 1.02; // right of the last epoch
const REDRAWN = "plotly_afterplot";

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  made.append(text, ...children);
  return made;
}

function gauge([name, value, unit]) {
  return element("span", name && `${name} `, element("b", value), unit && ` ${unit}`);
}

function diagnosis(text) {
  const icon = element("span", "");
  icon.className = "icon";
  showIcon(icon, ":material/lightbulb:");
  return element("p", icon, ` ${text}`);
}

/** The lines of the chart, in the order of `loss_chart.py`: training, validation, PCA, reconstruction only. */
function lines(records, baseline) {
  const line = (field) => {
    const known = records.filter((record) => record[field] !== null);
    return { x: known.map((record) => record[EPOCH]), y: known.map((record) => record[field]) };
  };
  const last = records.at(-1)?.[EPOCH] ?? 1;
  const level = baseline ? { x: [0, last], y: [baseline.loss, baseline.loss] } : { x: [], y: [] };
  return { last, all: [line(TRAIN), line(VALIDATION), level, line(RECONSTRUCTION)] };
}

export default component(".live-chart", ({ find, data, signal, onPageChange, atEnd }) => {
  const [gauges, diagnoses] = [".gauges", ".diagnoses"].map(find);
  let [seen, chart, filled] = [null, null, null]; // `filled`: what the chart shows

  function fill() {
    if (!seen?.all || !chart?.data || !window.Plotly) return;
    const { all, last } = lines(seen.records, seen.all.baseline);
    const names = chart.data.map(({ name }) => name);
    if (seen.all.baseline) names[2] = seen.all.baseline.name;
    // A visitor who has zoomed in keeps the range.
    const isZoomed = filled && chart.layout.xaxis.range?.[1] !== filled.end;
    const end = last * ROOM;
    const shown = all.map(({ x }, i) => !i || x.length > 0);
    filled = { x: all[0].x, end: isZoomed ? filled.end : end };
    window.Plotly.update(
      chart,
      {
        x: all.map(({ x }) => x),
        y: all.map(({ y }) => y),
        name: names,
        visible: shown.map((is) => is || "legendonly"),
        showlegend: shown,
      },
      { "yaxis.showticklabels": all[0].x.length > 0, ...(isZoomed ? {} : { "xaxis.range": [0, end] }) }
    );
  }

  /** Fill the chart if its figure is the script's again, after a change of theme or size. */
  function refill() {
    if (filled && (chart.data[0].x?.length ?? 0) !== filled.x.length) {
      filled = null;
      fill();
    }
  }

  function detach() {
    chart?.removeListener?.(REDRAWN, refill);
    chart = null;
  }

  // The chart may arrive before or after this component, and is replaced with its figure.
  function attach() {
    const found = findChart(data.chart);
    if (!found?.on || found === chart) return;
    detach();
    [chart, filled] = [found, null];
    chart.on(REDRAWN, refill);
    fill();
  }

  function show(now) {
    if (!now.all) return;
    const isNew = now.all !== seen?.all;
    seen = { ...now };
    if (!isNew) return;
    gauges.replaceChildren(...now.all.metrics.map(gauge));
    diagnoses.replaceChildren(...now.all.diagnoses.map(diagnosis));
    fill();
  }

  onPageChange(attach);
  attach();
  watch(data.live, signal, show);
  atEnd(detach);
  return (next) => next.live === data.live && next.chart === data.chart;
});
