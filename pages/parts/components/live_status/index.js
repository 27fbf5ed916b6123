// The title of a live view: icon, state, name and progress.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { LOST, watch } from "../shared/live.js";

export default component(".live-status", ({ find, data, signal }) => {
  const [icon, label, rest] = [".icon", "strong", ".rest"].map(find);
  let seen = {};

  function draw() {
    const { status, label: text, progress } = seen.state ?? data;
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
