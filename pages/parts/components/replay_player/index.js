// A slider over a run's snapshots. All snapshots arrive in one sheet of tiles (first the fixed rows: the originals and
// perhaps the noisy inputs, then the reconstructions at each snapshot), so the slider needs no server.

import { component } from "../shared/component.js";
import { EPOCH_SHOWN, publish, STATE_REQUESTED } from "../shared/events.js";
import { short, stepAndEpoch } from "../shared/format.js";
import { playback, repeat } from "../shared/playback.js";
import { drawRow } from "../shared/tiles.js";

const DURATION = 6000; // milliseconds for all snapshots, unless that would be too fast or too slow
const [FASTEST, SLOWEST] = [80, 500]; // milliseconds per snapshot

function describe(snapshot, unit) {
  const { train, validation } = snapshot;
  const losses = [];
  if (train !== null) losses.push(`training loss ${short(train)}`);
  if (validation !== null) losses.push(`validation ${losses.length ? "" : "loss "}${short(validation)}`);
  return [stepAndEpoch(snapshot), ...losses].join(" · ") + (losses.length && unit ? ` ${unit}` : "");
}

export default component(".replay-player", ({ root, find, data, loadSheet, memory, on, onResize, atEnd }) => {
  const { snapshots, unit, id } = data;
  const last = snapshots.length - 1;
  const [button, slider, status] = [".play", ".slider", ".status"].map(find);
  const [original, noisy, reconstruction] = [".original", ".noisy", ".reconstruction"].map(find);
  const fixed = data.rows.length;
  for (const part of [noisy, find(".noisy-label")]) part.hidden = fixed < 2;

  // The same run with more snapshots keeps its position, except at the end, which follows the newest.
  const keepsPosition = memory.id === id && memory.index < memory.last;
  let index = Math.max(0, keepsPosition ? Math.min(memory.index, last) : last);
  const sheet = loadSheet(data.sheet, layout);

  function show(i) {
    index = Math.max(0, Math.min(last, i));
    Object.assign(memory, { id, index, last });
    const text = describe(snapshots[index], unit);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", text);
    status.textContent = text;
    reconstruction.setAttribute("aria-label", `Reconstructions at ${text}`);
    drawRow(reconstruction, sheet, index + fixed, data);
    mark();
  }

  // A line on the run's loss chart marks the snapshot.
  const mark = () => publish(EPOCH_SHOWN, { run: id, epoch: snapshots[index].epoch });

  function layout() {
    drawRow(original, sheet, 0, data);
    if (fixed > 1) drawRow(noisy, sheet, 1, data);
    show(index);
  }

  const player = playback(button, () => {
    if (index >= last) show(0);
    const interval = Math.max(FASTEST, Math.min(SLOWEST, DURATION / Math.max(1, last)));
    return repeat(() => (index >= last ? player.pause() : show(index + 1)), interval);
  });

  slider.max = String(Math.max(0, last));
  slider.disabled = button.disabled = last < 1;
  on(button, "click", player.toggle);
  on(slider, "input", () => (player.pause(), show(Number(slider.value))));
  onResize(root, layout);
  on(document, STATE_REQUESTED, mark);
  layout();
  atEnd(() => (player.pause(), publish(EPOCH_SHOWN)));
});
