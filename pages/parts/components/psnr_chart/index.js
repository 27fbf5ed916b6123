// The PSNR of denoising methods over the strength of the noise. It changes only with a script run.

import { component } from "../shared/component.js";
import { sample, showLegend } from "../shared/legend.js";
import { lossRange, tickText } from "../shared/scales.js";
import { showBox } from "../shared/tooltip.js";
import { library, sharedAxis, styleOf } from "../shared/uplot.js";

const ROOM = 0.03; // of the axis, on both sides of the levels

function axes(label, style) {
  const axis = {
    ...sharedAxis(style),
    values: (_u, splits, _axis, _space, increment) => splits.map((tick) => tickText(tick, increment)),
  };
  return [
    { ...axis, label, space: 60, grid: { show: false }, border: { show: true, stroke: style.grid, width: 1 } },
    { ...axis, label: "PSNR (dB)", size: 33, space: 34, grid: { stroke: style.grid, width: 1 } },
  ];
}

export default component(".psnr-chart", ({ root, find, data, memory, signal, on, onResize, atEnd }) => {
  const [legend, place, tooltip] = [".legend", ".plot", ".tooltip"].map(find);
  const { levels, curves, trained, label } = data;
  const lines = curves.map(({ width, dash }) => ({ width, border: dash.length ? "dotted" : "solid" }));
  const names = curves.map(({ name }) => name);
  memory.hidden ??= new Set(); // names
  const isHidden = (i) => memory.hidden.has(names[i]);
  let [uPlot, plot, style] = [null, null, null];

  function describe() {
    showLegend(legend, lines, names, () => true, isHidden, style.colors, toggle);
  }

  function toggle(i) {
    if (!memory.hidden.delete(names[i])) memory.hidden.add(names[i]);
    plot?.setSeries(i + 1, { show: !isHidden(i) });
    describe();
  }

  function showValues(u) {
    const { idx } = u.cursor;
    const shown = idx == null ? [] : curves.map((_, i) => i).filter((i) => !isHidden(i));
    const rows = shown.map((i) => ({
      sample: sample(lines[i], style.colors[i]),
      name: names[i],
      value: `${curves[i].values[idx].toFixed(1)} dB`,
      note: curves[i].notes[idx],
    }));
    showBox(tooltip, u, `strength ${levels[idx]}`, rows);
  }

  function markTrained({ ctx, bbox, valToPos }) {
    if (trained === null) return;
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

  function build() {
    style = styleOf(place);
    describe();
    if (!uPlot || !place.clientWidth) return;
    plot?.destroy();
    const [first, last] = [levels[0], levels.at(-1)];
    const room = ROOM * (last - first);
    const options = {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 8, width: 0, fill: (_, i) => style.colors[i - 1] },
        drag: { x: false, y: false },
      },
      scales: {
        x: { time: false, range: () => [first - room, last + room] },
        y: { range: (_, low, high) => lossRange(low, high, false) },
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
    plot = new uPlot(options, [levels, ...curves.map(({ values }) => values)], place);
    plot.ctx.canvas.setAttribute("role", "img");
    plot.ctx.canvas.setAttribute("aria-label", data.alt);
  }

  function resize() {
    if (!plot) build();
    else plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }

  root.style.height = `${data.height}px`;
  build();
  library(data.library).then(
    (loaded) => {
      uPlot = loaded;
      if (!signal.aborted) build();
    },
    () => {} // the next script run tries again
  );
  onResize(place, resize);
  on(place, "transitionend", build); // of the text's color: the theme has changed
  on(place, "pointerenter", () => plot?.syncRect(true)); // the page above may have moved the chart
  atEnd(() => {
    plot?.destroy();
    delete legend.dataset.shown; // its buttons change the destroyed chart
  });
});
