// The snapshots that a run in training writes while the wall is on the page.

import { address, isActive, watch } from "../shared/live.js";
import { drawTile } from "../shared/tiles.js";

/** The shared examples in a row of a sheet with all examples of a run. */
function cut(sheet, row, examples, tile) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [examples.length * tile[1], tile[0]];
  const context = canvas.getContext("2d");
  for (const [i, column] of examples.entries())
    drawTile(context, sheet, tile, row, column, [i * tile[1], 0, tile[1], tile[0]]);
  return canvas;
}

/** Read the snapshots after the last known one; drop those that the run has removed. */
async function takeUp(run, tile, signal) {
  const after = run.snapshots.at(-1).step;
  const response = await fetch(address(`live/${run.live}/snapshots?after=${after}`), { signal });
  if (!response.ok) return;
  const { steps, snapshots, sheet } = await response.json();
  const image = new Image();
  if (sheet) {
    image.src = sheet;
    await image.decode();
  }
  const added = snapshots.map(({ errors, ...moment }, row) => ({
    ...moment,
    errors: run.examples.map((i) => errors[i]),
    image: cut(image, row, run.examples, tile),
    row: 0,
  }));
  const all = [...run.snapshots.filter(({ step }) => steps.includes(step)), ...added];
  if (all.length) run.snapshots = all;
}

/** Adds to `run.snapshots` what the run writes, and calls `changed` after that and at its end, until `signal` ends. */
export function follow(run, tile, signal, changed) {
  let [isBusy, seen] = [false, run.snapshots.at(-1).step];

  async function look({ state }) {
    if (!state || isBusy) return;
    const isNew = state.snapshot !== undefined && state.snapshot !== seen;
    const hasEnded = run.isActive !== isActive(state.status);
    if (!isNew && !hasEnded) return;
    isBusy = true;
    try {
      if (isNew) await takeUp(run, tile, signal);
      seen = state.snapshot ?? seen;
      run.isActive = isActive(state.status);
      if (!signal.aborted) changed();
    } catch {
      // No answer: the next state shows the same snapshot.
    }
    isBusy = false;
  }

  watch(run.live, signal, look, false);
}
