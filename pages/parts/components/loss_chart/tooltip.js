// The losses at the pointer.

import { short } from "../shared/format.js";
import { sample } from "../shared/legend.js";
import { showBox } from "../shared/tooltip.js";
import { LINES } from "./lines.js";

/** Shows the box beside the pointer's line of the chart `u`, or hides it. */
export function showTooltip(box, u, names, colors) {
  const epochs = u.data[0];
  const shown = names.map((_, i) => i).filter((i) => u.series[i + 1].show && u.cursor.idxs?.[i + 1] != null);
  const digits = epochs.at(-1) < 10 ? 2 : 1;
  // Validation happens at fewer epochs; the baseline has none.
  const at = (i) => epochs[u.cursor.idxs[i + 1]].toFixed(digits);
  const first = shown.length ? at(shown[0]) : "";
  const rows = shown.map((i) => ({
    sample: sample(LINES[i], colors[i]),
    name: names[i],
    value: short(u.data[i + 1][u.cursor.idxs[i + 1]]),
    note: LINES[i].field && at(i) !== first ? ` at ${at(i)}` : "",
  }));
  showBox(box, u, `epoch ${first}`, rows);
}
