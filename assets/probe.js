// Probe: what lies under the pointer on a map of codes. Originals and reconstructions of all points, and pictures decoded
// on a grid over the map's plane, arrive as sheets of tiles; pointing is answered from them, without the server, which
// hears of a click, and of points chosen with box or lasso.

const probing = new WeakMap(); // how to end what an element does now
let turned = null; // where sliders have moved the pinned code to, through every redrawing of the page
let crossed = null; // how far another slider is from A to B, from 0 to 1
const STILL = 4; // pixels that a hand moves while it clicks
const REACH = 20; // pixels around a point in which a click means it
const REDRAWN = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];

export default function probe({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".probe");
  if (!root || !data) return undefined;
  probing.get(parentElement)?.();
  const find = (name) => root.querySelector(name);
  const [original, answer, here] = [".original", ".answer", ".here"].map(find);
  const told = find(".told");
  const place = here.parentElement.querySelector("figcaption");
  const [height, width] = data.tile;
  const ending = new AbortController();
  let chart = null;
  const { columns } = data;
  const sheets = { originals: null, answers: null, plane: null };
  let pointed = false;

  for (const canvas of [original, answer, here]) Object.assign(canvas, { width, height });
  here.parentElement.hidden = !data.plane;

  // The sheets are hidden pictures of the page, which come before or after this.
  function fetchSheets() {
    for (const name of Object.keys(sheets)) {
      const found = document.querySelector(`.st-key-sheet-${name} img`);
      if (found === sheets[name]) continue;
      sheets[name] = found;
      found?.addEventListener("load", begin, { signal: ending.signal });
      if (found?.complete) begin();
    }
  }

  // Until something is pointed at: the pinned point, and its place.
  function begin() {
    if (pointed) return;
    show(data.first);
    const pinned = data.marks.find(({ name }) => name === "pinned");
    if (pinned && sheets.plane) decoded(...pinned.points[0]);
  }

  function tile(canvas, sheet, index, columns, share = 1) {
    if (!sheet?.naturalWidth) return;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.globalAlpha = share;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    pen.drawImage(sheet, column * width, row * height, width, height, 0, 0, width, height);
    pen.globalAlpha = 1;
  }

  function show(index) {
    tile(original, sheets.originals, index, columns);
    tile(answer, sheets.answers, index, columns);
    const name = data.names.length ? `a ${data.names[data.labels[index]]}` : "";
    told.textContent = `Test ${data.unit} ${index + 1}${name ? `, ${name}` : ""}. Click to look closer.`;
    original.setAttribute("aria-label", `Original: ${told.textContent}`);
    answer.setAttribute("aria-label", `Reconstruction: ${told.textContent}`);
  }

  // A place between four decoded pictures shows a mixture of the four; or the nearest, where codes have no between.
  function decoded(x, y) {
    const { across, down, count } = data.plane;
    const exact = (value, [low, high]) => ((value - low) / (high - low)) * (count - 1);
    const at = (value, ends) => (data.plane.mixed ? exact(value, ends) : Math.round(exact(value, ends)));
    const [column, row] = [at(x, across), at(y, down)];
    if (!(column >= 0 && row >= 0 && column <= count - 1 && row <= count - 1)) {
      here.getContext("2d").clearRect(0, 0, width, height);
      place.textContent = "nothing decoded here";
      here.setAttribute("aria-label", "Outside of what is decoded");
      return;
    }
    place.textContent = "decoded right here";
    const [left, top] = [Math.min(Math.floor(column), count - 2), Math.min(Math.floor(row), count - 2)];
    const [right, below] = [column - left, row - top];
    // Painted one over the other, so each share is of what is painted so far.
    let total = 0;
    for (const [r, c, share] of [
      [top, left, (1 - below) * (1 - right)],
      [top, left + 1, (1 - below) * right],
      [top + 1, left, below * (1 - right)],
      [top + 1, left + 1, below * right],
    ]) {
      total += share;
      if (share > 0) tile(here, sheets.plane, r * count + c, count, share / total);
    }
    here.setAttribute("aria-label", `Decoded at ${x.toFixed(2)}, ${y.toFixed(2)}`);
  }

  // Where the pointer is, in pixels from the corner of a flat map's plot.
  function within(event) {
    const { xaxis, yaxis } = chart._fullLayout;
    const box = chart.getBoundingClientRect();
    return [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
  }

  function move(event) {
    const { xaxis, yaxis } = chart?._fullLayout ?? {};
    if (!data.plane || !xaxis?.p2l) return;
    pointed = true;
    const [x, y] = within(event);
    decoded(xaxis.p2l(x), yaxis.p2l(y));
  }

  // The place on a path that another slider has come to.
  function on({ points }) {
    if (points.length < 2) return "";
    const { xaxis, yaxis } = chart._fullLayout;
    const [x, y] = points[Math.round(crossed * (points.length - 1))];
    return `<circle class="on-the-way" cx="${xaxis.l2p(x).toFixed(1)}" cy="${yaxis.l2p(y).toFixed(1)}" r="5"/>`;
  }

  // Marks and paths are drawn over the chart: Plotly itself would redraw the whole figure for them.
  function mark() {
    const { xaxis, yaxis } = chart?._fullLayout ?? {};
    if (!xaxis?.l2p || !yaxis) return;
    let sheet = chart.querySelector(".probe-marks");
    if (!sheet) {
      sheet = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      sheet.setAttribute("class", "probe-marks");
      chart.append(sheet);
    }
    const place = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    for (const [name, value] of Object.entries(place)) sheet.style[name] = `${value}px`;
    const moved = turned && data.marks.length ? [{ name: "moved", points: [turned] }] : [];
    const drawn = [...data.marks, ...moved].map(({ name, points }) => {
      const [first, ...rest] = points.map(([x, y]) => [xaxis.l2p(x), yaxis.l2p(y)].map((v) => v.toFixed(1)));
      if (!rest.length) {
        const [x, y] = first;
        return `<circle cx="${x}" cy="${y}" r="8"/><text x="${x}" y="${y}" dx="11" dy="4">${name}</text>`;
      }
      return `<polyline class="${name}" points="${[first, ...rest].map((point) => point.join(",")).join(" ")}"/>`;
    });
    sheet.innerHTML = drawn.join("") + (crossed === null ? "" : data.marks.map(on).join(""));
  }

  const index = (event) => event?.points?.[0]?.customdata?.[0] ?? event?.points?.[0]?.customdata;
  let under = null; // the point that the pointer is on
  const left = () => (under = null);
  const hovered = (event) => {
    under = index(event);
    if (Number.isInteger(under)) show(under);
  };
  const pin = (number) => Number.isInteger(number) && setStateValue("pinned", number);

  // Plotly hears a click only after it has seen the pointer rest, which a quick hand does not wait for, and on three
  // axes also when a map is turned. So a click is told here: pressed and let go at one place, near a point.
  let pressed = null;
  function press(event) {
    pressed = event.button === 0 && !event.target.closest?.(".legend, .modebar") ? event : null;
  }
  function release(event) {
    const moved = pressed && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY);
    if (pressed && moved <= STILL) pin(data.plane ? nearest(event) : under);
    pressed = null;
  }

  function nearest(event) {
    const { xaxis, yaxis } = chart._fullLayout;
    const [x, y] = within(event);
    let [least, found] = [REACH, null];
    for (const trace of chart._fullData.filter(({ visible }) => visible === true)) {
      for (let i = 0; i < trace.x.length; i++) {
        const far = Math.hypot(xaxis.l2p(trace.x[i]) - x, yaxis.l2p(trace.y[i]) - y);
        if (far < least) [least, found] = [far, trace.customdata[i]];
      }
    }
    return found;
  }

  const chosen = (event) => event?.points && setStateValue("chosen", event.points.map((p) => index({ points: [p] })));
  const none = () => setStateValue("chosen", []);

  // The chart arrives before or after, and is another one whenever its figure changes.
  function attach() {
    const found = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
    if (!found?.on || found === chart) return;
    detach();
    chart = found;
    chart.on("plotly_hover", hovered);
    chart.on("plotly_unhover", left);
    chart.on("plotly_selected", chosen);
    chart.on("plotly_deselect", none);
    for (const drawn of REDRAWN) chart.on(drawn, mark);
    mark();
    chart.addEventListener("mousemove", move, { signal: ending.signal });
    chart.addEventListener("mousedown", press, { signal: ending.signal, capture: true });
  }

  function detach() {
    chart?.removeListener?.("plotly_hover", hovered);
    chart?.removeListener?.("plotly_unhover", left);
    chart?.removeListener?.("plotly_selected", chosen);
    chart?.removeListener?.("plotly_deselect", none);
    for (const drawn of REDRAWN) chart?.removeListener?.(drawn, mark);
    chart = null;
  }

  const look = () => (attach(), fetchSheets());
  const arrivals = new MutationObserver(look);
  arrivals.observe(document.body, { childList: true, subtree: true });
  look();
  begin();
  window.addEventListener("mouseup", release, { signal: ending.signal, capture: true });
  document.addEventListener("lab-turned", ({ detail }) => ((turned = detail), mark()), { signal: ending.signal });
  document.addEventListener("lab-crossing", ({ detail }) => ((crossed = detail), mark()), { signal: ending.signal });

  const end = () => {
    ending.abort();
    arrivals.disconnect();
    detach();
  };
  probing.set(parentElement, end);
  return end;
}
