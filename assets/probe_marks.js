// Marks and paths over a flat map, drawn by the browser: Plotly itself would redraw the whole figure for them. Sliders
// elsewhere on the page tell where a code has moved to, and how far it is from A to B.

function probeMarks(data, signal) {
  let chart = null;
  let turned = null; // where sliders have moved the pinned code to
  let crossed = null; // how far another slider is from A to B, from 0 to 1

  function sheet() {
    const found = chart.querySelector(".probe-marks");
    if (found) return found;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("class", "probe-marks");
    chart.append(made);
    return made;
  }

  function draw() {
    const { xaxis, yaxis } = chart?._fullLayout ?? {};
    if (!xaxis?.l2p || !yaxis) return;
    const over = sheet();
    const place = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    for (const [name, value] of Object.entries(place)) over.style[name] = `${value}px`;
    const at = ([x, y]) => [xaxis.l2p(x), yaxis.l2p(y)].map((value) => value.toFixed(1));
    const moved = turned && data.marks.length ? [{ name: "moved", points: [turned] }] : [];
    over.innerHTML = [...data.marks, ...moved].map((mark) => (mark.points.length > 1 ? path : point)(mark, at)).join("");
  }

  function point({ name, points }, at) {
    const [x, y] = at(points[0]);
    return `<circle cx="${x}" cy="${y}" r="8"/><text x="${x}" y="${y}" dx="11" dy="4">${name}</text>`;
  }

  function path({ name, points }, at) {
    const line = `<polyline class="${name}" points="${points.map((point) => at(point).join(",")).join(" ")}"/>`;
    if (crossed === null) return line;
    const [x, y] = at(points[Math.round(crossed * (points.length - 1))]);
    return `${line}<circle class="on-the-way" cx="${x}" cy="${y}" r="5"/>`;
  }

  const hear = (name, keep) => document.addEventListener(name, ({ detail }) => (keep(detail), draw()), { signal });
  hear("lab-turned", (place) => (turned = place));
  hear("lab-crossing", (share) => (crossed = share));
  document.dispatchEvent(new CustomEvent("lab-where")); // sliders that are here already tell how they stand
  return { draw, on: (found) => ((chart = found), draw()) };
}
