// A training's metrics and diagnoses.

import { component } from "../shared/component.js";
import { showIcon } from "../shared/icon.js";
import { watch } from "../shared/live.js";

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  made.append(text, ...children);
  return made;
}

function gauge([name, value, unit]) {
  return element("span", name && `${name} `, element("b", value), unit && ` ${unit}`);
}

function diagnosis(text) {
  const icon = element("span", "");
  icon.className = "icon";
  showIcon(icon, ":material/lightbulb:");
  return element("p", icon, ` ${text}`);
}

export default component(".live-metrics", ({ find, data, signal }) => {
  const [gauges, diagnoses] = [".gauges", ".diagnoses"].map(find);
  let shown = null;

  function show({ all }) {
    if (!all || all === shown) return;
    shown = all;
    gauges.replaceChildren(...all.metrics.map(gauge));
    diagnoses.replaceChildren(...all.diagnoses.map(diagnosis));
  }

  watch(data.live, signal, show);
  return (next) => next.live === data.live;
});
