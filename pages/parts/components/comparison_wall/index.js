// The snapshots of several runs with one slider for all. All images arrive in one sheet of tiles, so the slider needs no
// server. The snapshots that a run in training writes meanwhile are read from the server's route.

import { choice } from "../shared/choice.js";
import { component } from "../shared/component.js";
import { integer } from "../shared/format.js";
import { playback, repeat } from "../shared/playback.js";
import { parameter, setParameters } from "../shared/query.js";
import { LETTERS } from "../shared/runs.js";
import { follow } from "./follow.js";
import { createRows } from "./rows.js";
import { stopsOf } from "./stops.js";

const MODES = [
  ["reconstruction", "Reconstruction"],
  ["difference", "Difference"],
  ["flicker", "Flicker"],
];
const DURATION = 8000; // milliseconds for all stops, unless that would be too fast or too slow
const [FASTEST, SLOWEST] = [60, 400]; // milliseconds per stop
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const FLICKER = isCalm ? 2500 : 700; // milliseconds of each image

const TEXTS = {
  step: (x) => `step ${integer(x)}`,
  epoch: (x) => `epoch ${x.toFixed(1)}`,
  seconds: (x) => `${x < 100 ? x.toFixed(1) : integer(x)} s`,
  images: (x) => `${integer(x)} images`,
};
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export default component(".comparison-wall", ({ root, find, data, loadSheet, memory, signal, on, onResize, atEnd }) => {
  const [slider, value, status, place] = [".slider", ".value", ".status", ".rows"].map(find);
  const { axes, columns, unit } = data;
  const sheet = loadSheet(data.sheet, draw);
  const rows = createRows(place, data, sheet);
  const runs = data.runs.map((run) => ({
    ...run,
    isActive: Boolean(run.live),
    snapshots: run.snapshots.map((snapshot, i) => ({ ...snapshot, image: sheet, row: run.first + i })),
  }));

  let axis = memory.axis ?? parameter("axis");
  if (!Object.hasOwn(axes, axis)) axis = "step";
  let stops = stopsOf(runs, axis);
  let mode = memory.mode ?? parameter("mode");
  if (!MODES.some(([name]) => name === mode)) mode = "reconstruction";
  let image = memory.image ?? Number.parseInt(parameter("image"), 10) - 1; // the marked column
  if (!(image >= 0 && image < columns)) image = null;
  let hovered = null;
  let isOriginal = false; // which of the two images flickering shows
  const last = () => stops.length - 1;
  const stopAt = (at) => {
    const next = stops.findIndex(({ value }) => value > at);
    return next < 0 ? last() : Math.max(0, next - 1);
  };
  const wanted = memory.id === data.id ? memory.at : (parameter("at") ?? null);
  let index = wanted === null || Number.isNaN(Number(wanted)) ? last() : stopAt(Number(wanted));

  function keep() {
    const at = index === last() ? null : String(stops[index].value);
    Object.assign(memory, { id: data.id, axis, mode, image, at });
    const isDefault = { axis: axis === "step", mode: mode === MODES[0][0] };
    setParameters({
      axis: isDefault.axis ? null : axis,
      mode: isDefault.mode ? null : mode,
      image: image === null ? null : String(image + 1),
      at,
    });
  }

  const snapshot = (run) => runs[run].snapshots[stops[index].shown[run]];

  function describeRun(run) {
    const { errors, ...moment } = snapshot(run);
    const isBehind = runs[run].isActive ? ", in training" : ", ended";
    const [first, end] = [runs[run].snapshots[0], runs[run].snapshots.at(-1)];
    const here = stops[index].value;
    const ended = here > end[axis] ? isBehind : here < first[axis] ? ", not begun" : "";
    const what = {
      reconstruction: "Reconstructions",
      difference: "Differences from the originals",
      flicker: "Reconstructions in turn with the originals",
    }[mode];
    const text = `${TEXTS[axis](moment[axis])}${ended} · MSE ${mean(errors).toFixed(4)}`;
    const note = runs[run].note ? `${text} · ${runs[run].note}` : text;
    rows.describe(run + 1, note, `${what} of ${runs[run].name}: ${note} per ${data.per}`);
  }

  function describeColumn() {
    const column = hovered ?? image;
    rows.mark(column);
    const errors =
      column === null ? [] : runs.map(({ number }, i) => `${LETTERS[number]} ${snapshot(i).errors[column].toFixed(4)}`);
    const hint = {
      reconstruction: "",
      difference: "Blue: too dark, orange: too bright, white: exact. ",
      flicker: `Every row shows ${isOriginal ? "the originals" : "its reconstructions"}. `,
    }[mode];
    status.setAttribute("aria-live", mode === "flicker" ? "off" : "polite");
    status.textContent =
      column === null
        ? `${hint}Point at an image, or use the arrow keys, to mark it in every row. MSE is the squared error per ${data.per}, the mean over these ${columns} test ${unit}s.`
        : `${hint}Test ${unit} ${column + 1} of ${columns}: MSE per ${data.per} ${errors.join(" · ")}`;
  }

  function draw() {
    rows.draw(0, { image: sheet, row: 0 }, false);
    rows.describe(0, "", `The original ${columns} test ${unit}s`);
    runs.forEach((_, i) => {
      const shown = mode === "flicker" && isOriginal ? { image: sheet, row: 0 } : snapshot(i);
      rows.draw(i + 1, shown, mode === "difference");
      describeRun(i);
    });
    describeColumn();
  }

  function show(i) {
    index = Math.max(0, Math.min(last(), i));
    const text = TEXTS[axis](stops[index].value);
    slider.max = String(last());
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", text);
    value.textContent = text;
    draw();
  }

  function flicker() {
    const stop = repeat(() => {
      isOriginal = !isOriginal;
      draw();
    }, FLICKER);
    return () => (stop(), (isOriginal = false));
  }

  let stopFlicker = mode === "flicker" ? flicker() : null;
  const showMode = choice(find(".modes"), MODES, (chosen) => {
    stopFlicker?.();
    mode = chosen;
    stopFlicker = mode === "flicker" ? flicker() : null;
    showMode(mode);
    draw();
    keep();
  });
  const showAxis = choice(find(".axes"), Object.entries(axes), (chosen) => {
    // The first run stays where it is, unless all are at their ends.
    const [isEnd, position] = [index === last(), snapshot(0)[chosen]];
    axis = chosen;
    stops = stopsOf(runs, axis);
    showAxis(axis);
    show(isEnd ? last() : stopAt(position));
    keep();
  });
  const player = playback(find(".play"), () => {
    if (index >= last()) show(0);
    const interval = Math.max(FASTEST, Math.min(SLOWEST, DURATION / Math.max(1, last())));
    return repeat(() => (index >= last() ? (player.pause(), keep()) : show(index + 1)), interval);
  });

  /** Show what the runs have written meanwhile: at the end of the slider its new end, elsewhere the same moment. */
  function takeUp() {
    const [isEnd, at] = [index === last(), stops[index].value];
    stops = stopsOf(runs, axis);
    show(isEnd && !player.playing ? last() : stopAt(at));
  }

  function markImage(column) {
    image = column;
    describeColumn();
    keep();
  }

  on(find(".play"), "click", () => (player.toggle(), keep()));
  on(slider, "input", () => (player.pause(), show(Number(slider.value))));
  on(slider, "change", keep);
  on(place, "pointermove", (event) => {
    const column = event.pointerType === "touch" ? null : rows.columnAt(event);
    if (column === hovered) return;
    hovered = column;
    describeColumn();
  });
  on(place, "pointerleave", () => {
    hovered = null;
    describeColumn();
  });
  on(place, "click", (event) => {
    const column = rows.columnAt(event);
    markImage(column === image ? null : column);
  });
  on(place, "keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") markImage(null);
    if (!step) return;
    event.preventDefault();
    markImage(image === null ? (step > 0 ? 0 : columns - 1) : (image + step + columns) % columns);
  });

  showMode(mode);
  showAxis(axis);
  place.setAttribute("aria-label", `The same ${columns} test ${unit}s in every row. Arrow keys mark one of them.`);
  rows.color();
  on(place, "transitionend", rows.color); // of the text's color: the theme has changed
  onResize(root, draw);
  show(index);
  for (const run of runs) if (run.live) follow(run, data.tile, signal, takeUp);
  atEnd(() => (player.pause(), stopFlicker?.()));
});
