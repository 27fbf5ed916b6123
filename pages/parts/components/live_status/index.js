// The title of a live view: icon, state, name and progress.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { isActive, LOST, watch } from "../shared/live.js";

export default component(".live-status", ({ find, data, signal }) => {
  const [icon, label, rest] = [".icon", "strong", ".rest"].map(find);
  let seen = {};
  let active = null; // the last state of the training: once it has ended, the script draws another title

  function draw() {
    if (isActive(seen.state?.status)) active = seen.state;
    const { status, label: text, progress } = active ?? data;
    showIcon(icon, data.icons[status]);
    label.textContent = text;
    rest.textContent = [data.name, seen.lost ? LOST : progress]
      .filter(Boolean)
      .map((part) => ` · ${part}`)
      .join("");
  }

  draw();
  watch(data.live, signal, (now) => ((seen = now), draw()));
  return (next) => {
    if (next.live !== data.live) return false;
    data = next;
    draw();
    return true;
  };
});
