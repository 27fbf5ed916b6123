// The title of a live view: icon, state, name and progress. It asks for a script run when the training has ended: the
// sidebar does so too, but a script run can be cut off after the sidebar is drawn. On a small screen the view of a
// training that has just started is elsewhere on the page: it scrolls into view.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { isActive, LOST, watch } from "../shared/live.js";

const SECONDS_TO_SETTLE = 2;

// Repeated while the page still changes its height, until the visitor scrolls.
function scrollIntoView(root, signal) {
  const until = performance.now() + SECONDS_TO_SETTLE * 1000;
  const ended = new AbortController();
  for (const name of ["wheel", "touchstart", "keydown"]) {
    document.addEventListener(name, () => ended.abort(), { signal, once: true, passive: true, capture: true });
  }
  function look() {
    if (signal.aborted || ended.signal.aborted || performance.now() > until) return;
    const { top } = root.getBoundingClientRect();
    if (top < 0 || top > window.innerHeight / 2) root.scrollIntoView({ block: "start" });
    requestAnimationFrame(look);
  }
  look();
}

export default component(".live-status", ({ root, find, data, signal, setTriggerValue }) => {
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

  function show(now) {
    seen = now;
    draw();
    const status = seen.state?.status;
    if (status && !isActive(status) && mayAsk?.(status)) setTriggerValue("changed", status);
  }

  let mayAsk = null;
  draw();
  mayAsk = watch(data.live, signal, show);
  scrollIntoView(root, signal);
  return (next) => {
    if (next.live !== data.live) return false;
    data = next;
    draw();
    return true;
  };
});
