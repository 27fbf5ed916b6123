// A slider for each latent dimension. While one moves, the server receives the values at intervals and decodes them;
// the position of the code on the map is computed here.

import { component } from "../shared/component.js";
import { CODE_MOVED, publish, STATE_REQUESTED } from "../shared/events.js";

const INTERVAL = 70; // milliseconds between two messages while a slider moves
const STEPS = 200; // key presses from one end of a slider to the other
const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }; // in steps

export default component(".latent-sliders", ({ find, data, on, atEnd, setStateValue }) => {
  const { id, names, notes, dimensions, low, high, values, integer } = data;
  const [sliders, reset, status] = [".sliders", "button", ".status"].map(find);
  let moved = { ...data.moved }; // new value by dimension
  let { position, axes } = data; // of the code on the map
  let timer = null;
  let pending = false;

  const current = (i) => moved[dimensions[i]] ?? values[i];
  const digits = (i) => (integer ? 0 : Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(high[i] - low[i])))));

  const rows = names.map((name, i) => {
    const label = document.createElement("label");
    const [text, slider, output] = ["span", "input", "output"].map((tag) => document.createElement(tag));
    text.textContent = name;
    label.title = notes[i] ?? "";
    label.classList.toggle("inactive", Boolean(notes[i]));
    const step = integer ? 1 : (high[i] - low[i]) / STEPS;
    Object.assign(slider, { type: "range", min: low[i], max: high[i], step: integer ? 1 : "any" });
    slider.setAttribute("aria-label", `${integer ? "Entry at " : ""}${name}${notes[i] ? `, ${notes[i]}` : ""}`);
    const show = () => {
      slider.value = String(current(i));
      output.textContent = current(i).toFixed(digits(i));
      slider.setAttribute("aria-valuetext", output.textContent);
      label.classList.toggle("moved", dimensions[i] in moved);
    };
    const move = (value) => {
      moved[dimensions[i]] = Math.max(low[i], Math.min(high[i], value));
      show();
      changed();
    };
    on(slider, "input", () => move(Number(slider.value)));
    // With a step of "any", an arrow key moves a slider by 1, which is too far for most codes.
    on(slider, "keydown", (event) => {
      const steps = KEYS[event.key];
      if (!steps) return;
      event.preventDefault();
      move(Number(slider.value) + steps * step);
    });
    label.append(text, slider, output);
    return { label, show };
  });

  function showStatus() {
    const count = Object.keys(moved).length;
    reset.disabled = !count;
    status.textContent = count ? `${count} of ${names.length} moved` : data.label;
    publish(CODE_MOVED, count ? movedPosition() : null);
  }

  function changed() {
    showStatus();
    if (timer) pending = true;
    else send();
  }

  // Immediately, and again after each interval in which a value changed.
  function send() {
    pending = false;
    setStateValue("moved", { id, values: { ...moved } });
    timer = setTimeout(() => {
      timer = null;
      if (pending) send();
    }, INTERVAL);
  }

  // Defined only on a map with axes in latent space.
  function movedPosition() {
    if (!axes) return null;
    return position.map((start, axis) =>
      names.reduce((sum, _, i) => sum + (current(i) - values[i]) * axes[axis][i], start)
    );
  }

  on(reset, "click", () => {
    moved = {};
    rows.forEach(({ show }) => show());
    changed();
  });
  sliders.replaceChildren(...rows.map(({ label }) => label));
  rows.forEach(({ show }) => show());
  showStatus();
  on(document, STATE_REQUESTED, showStatus);
  atEnd(() => {
    clearTimeout(timer);
    publish(CODE_MOVED, null);
  });

  // The same code again: the page was redrawn around its sliders, possibly with another map.
  return (next) => {
    if (next.id !== id) return false;
    ({ position, axes } = next);
    showStatus();
    return true;
  };
});
