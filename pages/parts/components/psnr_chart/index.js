// The PSNR of denoising methods over the strength of the noise. It changes only with a script run.

import { component } from "../shared/component.js";
import { sample, showLegend } from "../shared/legend.js";
import { tickText, valueRange } from "../shared/scales.js";
import { showBox } from "../shared/tooltip.js";
import { createChart, sharedAxes } from "../shared/uplot.js";

const ROOM = 0.03; // of the axis, on both sides of the levels

function axes(label, style) {
  const [x, y] = sharedAxes(style);
  const values = (_u, splits, _axis, _space, increment) => splits.map((tick) => tickText(tick, increment));
  return [
    { ...x, label, values },
    { ...y, label: "PSNR (dB)", size: 33, values },
  ];
}

export default component(".psnr-chart", (context) => {
  const { root, find, data, memory, atEnd } = context;
  const [legend, place, tooltip] = [".legend", ".plot", ".tooltip"].map(find);
  const { levels, curves, trained, label } = data;
  const lines = curves.map(({ width, dash }) => ({ width, border: dash.length ? "dotted" : "solid" }));
  const names = curves.map(({ name }) => name);
  memory.hidden ??= new Set(); // names
  const isHidden = (i) => memory.hidden.has(names[i]);
  const chart = createChart(context, place, data.library, {
    options,
    values: () => [levels, ...curves.map(({ values }) => values)],
    onBuild: describe,
  });

  function describe() {
    showLegend(legend, lines, names, () => true, isHidden, chart.style.colors, toggle);
  }

  function toggle(i) {
    if (!memory.hidden.delete(names[i])) memory.hidden.add(names[i]);
    chart.plot?.setSeries(i + 1, { show: !isHidden(i) });
    describe();
  }

  function showValues(u) {
    const { idx } = u.cursor;
    const shown = idx == null ? [] : curves.map((_, i) => i).filter((i) => !isHidden(i));
    const rows = shown.map((i) => ({
      sample: sample(lines[i], chart.style.colors[i]),
      name: names[i],
      value: `${curves[i].values[idx].toFixed(1)} dB`,
      note: curves[i].notes[idx],
    }));
    const strength = idx == null ? "" : Number(levels[idx].toPrecision(3));
    showBox(tooltip, u, `strength ${strength}`, rows);
  }

  function markTrained({ ctx, bbox, valToPos }) {
    if (trained === null) return;
    const { style } = chart;
    const x = valToPos(trained, "x", true);
    ctx.save();
    Object.assign(ctx, { strokeStyle: style.text, fillStyle: style.text, lineWidth: devicePixelRatio });
    ctx.font = `${12 * devicePixelRatio}px ${style.font}`;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const fits = x + ctx.measureText(" trained").width < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(fits ? " trained" : "trained ", x, bbox.top + 12 * devicePixelRatio);
    ctx.restore();
  }

  function options(style) {
    const [first, last] = [levels[0], levels.at(-1)];
    const room = ROOM * (last - first);
    return {
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [first - room, last + room] },
        y: { range: (_, low, high) => valueRange(low, high, false) },
      },
      series: [
        {},
        ...curves.map(({ width, dash }, i) => ({
          stroke: style.colors[i],
          width,
          dash,
          show: !isHidden(i),
          points: { show: true, size: 5, fill: style.colors[i], width: 0 },
        })),
      ],
      axes: axes(label, style),
      hooks: { setCursor: [showValues], draw: [markTrained] },
    };
  }

  root.style.height = `${data.height}px`;
  place.setAttribute("aria-label", data.alt);
  chart.build();
  atEnd(() => delete legend.dataset.shown); // its buttons change the destroyed chart
});
