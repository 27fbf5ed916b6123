// Dials: a slider for everything that can be turned in a code. While one is dragged, the server hears of it every few
// hundredths of a second and answers with a picture; where the code goes on the map is worked out here.

const PACE = 70; // milliseconds between two messages while a slider moves
const standing = new WeakMap(); // what is moved, by mount: it outlives a redrawing of the page around it

export default function dials({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".dials");
  if (!root || !data) return undefined;
  const { id, names, notes, numbers, low, high, start, whole } = data;
  const [all, reset, told] = [".all", "button", ".told"].map((name) => root.querySelector(name));
  const before = standing.get(parentElement);
  if (before?.id === id) {
    // The page was redrawn around it, perhaps with another map.
    Object.assign(before, { place: data.place, axes: data.axes });
    before.tell();
    return before.end;
  }
  before?.end();
  // Pinned before, it stands as it was left.
  const own = { id, moved: { ...data.moved }, timer: null, due: false, place: data.place, axes: data.axes, tell };
  standing.set(parentElement, own);
  const ending = new AbortController();

  const digits = (i) => (whole ? 0 : Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(high[i] - low[i])))));
  const labels = names.map((name, i) => {
    const label = document.createElement("label");
    const [text, slider, output] = ["span", "input", "output"].map((tag) => document.createElement(tag));
    text.textContent = name;
    label.title = notes[i] ?? "";
    label.classList.toggle("idle", Boolean(notes[i]));
    const step = whole ? 1 : (high[i] - low[i]) / 200;
    Object.assign(slider, { type: "range", min: low[i], max: high[i], step: whole ? 1 : "any" });
    slider.setAttribute("aria-label", `${whole ? "Entry at " : ""}${name}${notes[i] ? `, ${notes[i]}` : ""}`);
    const show = () => {
      const value = own.moved[numbers[i]] ?? start[i];
      slider.value = String(value);
      output.textContent = value.toFixed(digits(i));
      slider.setAttribute("aria-valuetext", output.textContent);
      label.classList.toggle("moved", numbers[i] in own.moved);
    };
    const turn = (value) => {
      own.moved[numbers[i]] = Math.max(low[i], Math.min(high[i], value));
      show();
      changed();
    };
    slider.addEventListener("input", () => turn(Number(slider.value)), { signal: ending.signal });
    // With a step of "any", browsers move by 1 at a key, which is far too much for most codes.
    slider.addEventListener(
      "keydown",
      (event) => {
        const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
        if (!way) return;
        event.preventDefault();
        turn(Number(slider.value) + way * step);
      },
      { signal: ending.signal }
    );
    label.append(text, slider, output);
    return { label, show };
  });

  function tell() {
    const count = Object.keys(own.moved).length;
    reset.disabled = !count;
    told.textContent = count ? `${count} of ${names.length} moved` : data.told;
    document.dispatchEvent(new CustomEvent("lab-turned", { detail: count ? there() : null }));
  }

  function changed() {
    tell();
    if (own.timer) own.due = true;
    else send();
  }

  // At once, and then again while there is more to tell.
  function send() {
    own.due = false;
    setStateValue("turned", { id, moved: { ...own.moved } });
    own.timer = setTimeout(() => {
      own.timer = null;
      if (own.due) send();
    }, PACE);
  }

  // On a map with axes in latent space, a code that moves takes its point along.
  function there() {
    if (!own.axes) return null;
    return own.place.map((at, axis) =>
      names.reduce((sum, _, i) => sum + ((own.moved[numbers[i]] ?? start[i]) - start[i]) * own.axes[axis][i], at)
    );
  }

  reset.addEventListener(
    "click",
    () => {
      own.moved = {};
      labels.forEach(({ show }) => show());
      changed();
    },
    { signal: ending.signal }
  );
  all.replaceChildren(...labels.map(({ label }) => label));
  labels.forEach(({ show }) => show());
  tell();
  document.addEventListener("lab-where", tell, { signal: ending.signal });

  own.end = () => {
    clearTimeout(own.timer);
    ending.abort();
    if (standing.get(parentElement) === own) standing.delete(parentElement);
    document.dispatchEvent(new CustomEvent("lab-turned", { detail: null }));
  };
  return own.end;
}
