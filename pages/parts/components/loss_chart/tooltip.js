// The values of all lines at the pointer.

import { short } from "../shared/format.js";
import { sample } from "./legend.js";

const GAP = 14; // pixels between the pointer's line and the box

function row(...cells) {
  const made = document.createElement("div");
  made.append(...cells);
  return made;
}

function text(content, name) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = content;
  return made;
}

/** Shows the box beside the pointer's line of the chart `u`, or hides it. */
export function showTooltip(box, u, names, colors) {
  const { left, idxs } = u.cursor;
  const epochs = u.data[0];
  const shown = names.map((_, i) => i).filter((i) => u.series[i + 1].show && idxs?.[i + 1] != null);
  box.hidden = !(left >= 0) || !shown.length;
  if (box.hidden) return;
  const digits = epochs.at(-1) < 10 ? 2 : 1;
  const at = (i) => epochs[idxs[i + 1]].toFixed(digits);
  // Validation happens at fewer epochs; the baseline has none.
  const values = (i) => u.data[i + 1][idxs[i + 1]];
  const first = at(shown[0]);
  box.replaceChildren(
    text(`epoch ${first}`, "epoch"),
    ...shown.map((i) => {
      const elsewhere = i !== 2 && at(i) !== first ? ` at ${at(i)}` : "";
      return row(sample(i, colors[i]), text(names[i], "name"), text(short(values(i)), "value"), text(elsewhere, "at"));
    })
  );
  const frame = u.over.getBoundingClientRect();
  const outer = box.parentElement.getBoundingClientRect();
  const middle = frame.left - outer.left + left;
  const width = box.offsetWidth;
  const right = middle + GAP + width <= outer.width;
  box.style.left = `${right ? middle + GAP : Math.max(0, middle - GAP - width)}px`;
  box.style.top = `${frame.top - outer.top + 4}px`;
}
