// The state of the selected run. It asks for a script run when the page should look different: the run has ended, was
// continued, or is gone.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { isActive, LOST, watch } from "../shared/live.js";

const looksTheSame = (one, other) => one === other || (isActive(one) && isActive(other));

export default component(".live-state", ({ find, data, signal, setTriggerValue }) => {
  const [icon, label] = [".icon", ".label"].map(find);
  let seen = {};

  function draw() {
    const { status, label: text } = seen.state ?? data;
    if (status !== "gone") {
      showIcon(icon, data.icons[status]);
      label.textContent = seen.lost ? LOST : text;
    }
    if (!looksTheSame(status, data.status) && mayAsk?.(status)) setTriggerValue("changed", status);
  }

  let mayAsk = null;
  draw();
  mayAsk = watch(data.live, signal, (now) => ((seen = now), draw()), false);
  return (next) => {
    if (next.live !== data.live) return false;
    data = next;
    if (!isActive(seen.state?.status)) seen = {}; // it may have been continued
    draw();
    return true;
  };
});
