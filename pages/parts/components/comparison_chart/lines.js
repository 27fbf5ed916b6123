// The lines of the chart: validation and training loss of each run, and the baselines.

import { LETTERS } from "../shared/runs.js";

const [STEP, EPOCH, TRAIN, VALIDATION, RECONSTRUCTION, SECONDS, TRAIN_RECONSTRUCTION] = [0, 1, 2, 3, 4, 5, 6];

/** Positions of a run's records on each axis. */
const POSITIONS = {
  step: (row) => row[STEP],
  epoch: (row) => row[EPOCH],
  seconds: (row) => row[SECONDS] ?? 0,
  images: (row, run) => row[EPOCH] * run.images_per_epoch,
};

/** What the legend lists: each run with its lines, and each different baseline, which has the color of its first run. */
export function entriesOf(runs) {
  const entries = runs.map((run) => ({
    name: `${LETTERS[run.number]} ${run.name}`,
    run,
    number: run.number,
    width: 2.5,
  }));
  for (const { baseline, number } of runs) {
    if (!baseline || entries.some(({ loss, name }) => loss === baseline.loss && name === baseline.name)) continue;
    entries.push({ ...baseline, number, width: 1.5, border: "dashed" });
  }
  return entries;
}

/** An exponential moving average with that weight for the past, without the pull of its beginning; null stays null. */
export function smoothed(values, weight) {
  let [sum, total] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    [sum, total] = [weight * sum + (1 - weight) * value, weight * total + (1 - weight)];
    return sum / total;
  });
}

/** The last known value of a line. */
export const last = (values) => values.findLast((value) => value !== null) ?? null;

/** The validation losses of a run, without penalties, as recorded. */
export const validation = ({ records }) => records.map((row) => row[RECONSTRUCTION] ?? row[VALIDATION]);

/**
 * uPlot's series and their data: of each entry its lines, [positions, values] each, with a `kind`.
 *
 * A logarithm needs positive values.
 */
export function seriesOf(entries, axis, log, weight) {
  const known = (y) => (y === null || y === undefined || (log && y <= 0) ? null : y);
  const series = [];
  let end = 0;
  entries.forEach(({ run }, entry) => {
    if (!run) return;
    const at = run.records.map((row) => POSITIONS[axis](row, run));
    end = Math.max(end, at.at(-1) ?? 0);
    const train = run.records.map((row) => known(row[TRAIN_RECONSTRUCTION] ?? row[TRAIN]));
    const lines = { training: train, validation: validation(run).map(known) };
    for (const [kind, values] of Object.entries(lines))
      series.push({ entry, kind, at, values: smoothed(values, weight) });
  });
  entries.forEach(({ loss }, entry) => {
    if (loss !== undefined)
      series.push({ entry, kind: "baseline", at: [0, end || 1], values: [known(loss), known(loss)] });
  });
  return { series, end };
}
