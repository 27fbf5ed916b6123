// Marks and paths over a map, drawn by the browser: Plotly would draw the whole figure anew for them, and lose how it is
// turned. Sliders elsewhere on the page tell where a code has moved to, and how far it is from A to B.

const times = (m, v) => [0, 1, 2, 3].map((j) => v.reduce((sum, value, i) => sum + m[4 * i + j] * value, 0));

// How a chart puts the places of its axes on the screen: its plot's box, and a function to pixels in it; null before it
// is drawn. On three axes as Plotly does it for its own annotations.
function onScreen(chart) {
  const { xaxis, yaxis, scene, _size: size } = chart?._fullLayout ?? {};
  if (xaxis?.l2p && yaxis) {
    const box = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    return { box, at: ([x, y]) => [xaxis.l2p(x), yaxis.l2p(y)], view: null };
  }
  const camera = scene?._scene?.glplot?.cameraParams;
  if (!camera?.view) return null;
  const { dataScale, fullSceneLayout } = scene._scene;
  const [left, low] = [fullSceneLayout.domain.x[0], fullSceneLayout.domain.y[0]];
  const [wide, high] = [fullSceneLayout.domain.x[1] - left, fullSceneLayout.domain.y[1] - low];
  const box = { left: size.l + left * size.w, top: size.t + (1 - low - high) * size.h, width: wide * size.w, height: high * size.h };
  const at = (place) => {
    const scaled = [...place.map((value, i) => value * dataScale[i]), 1];
    const [x, y, , w] = times(camera.projection, times(camera.view, times(camera.model, scaled)));
    return [0.5 * (1 + x / w) * box.width, 0.5 * (1 - y / w) * box.height];
  };
  return { box, at, view: [...camera.projection, ...camera.view, ...camera.model, ...dataScale].join() };
}

function probeMarks(data, signal) {
  let chart = null;
  let turned = null; // where sliders have moved the pinned code to
  let crossed = null; // how far another slider is from A to B, from 0 to 1
  let seen = null; // from where a map of three axes was drawn last

  function sheet() {
    const found = chart.querySelector(".probe-marks");
    if (found) return found;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("class", "probe-marks");
    chart.append(made);
    return made;
  }

  function draw() {
    const screen = onScreen(chart);
    if (!screen) return;
    seen = screen.view;
    const over = sheet();
    for (const [name, value] of Object.entries(screen.box)) over.style[name] = `${value}px`;
    const at = (place) => screen.at(place).map((value) => value.toFixed(1));
    const moved = turned && data.marks.length ? [{ name: "moved", points: [turned] }] : [];
    const drawn = [...data.marks, ...moved].map((mark) => (mark.points.length > 1 ? path : point)(mark, at, screen.box));
    over.innerHTML = drawn.join("");
  }

  // What lies beyond the plot stands at its edge, and says so.
  function point({ name, points }, at, { width, height }) {
    const place = at(points[0]).map(Number);
    const [x, y] = [width, height].map((most, i) => Math.min(most - 9, Math.max(9, place[i])));
    const beyond = Math.abs(x - place[0]) > 9 || Math.abs(y - place[1]) > 9;
    // On the other side of its ring, so that it can be read beside what it moved from.
    const side = name === "moved" || x > width - 90 ? 'dx="-11" text-anchor="end"' : 'dx="11"';
    const [style, told] = beyond ? ["beyond", `${name}, farther out`] : ["", name];
    return `<circle class="${style}" cx="${x}" cy="${y}" r="8"/><text x="${x}" y="${y}" ${side} dy="4">${told}</text>`;
  }

  function path({ name, points }, at) {
    const line = `<polyline class="${name}" points="${points.map((point) => at(point).join(",")).join(" ")}"/>`;
    if (crossed === null) return line;
    const [x, y] = at(points[Math.round(crossed * (points.length - 1))]);
    return `${line}<circle class="on-the-way" cx="${x}" cy="${y}" r="5"/>`;
  }

  // Plotly tells of a map being turned only now and then.
  function follow() {
    if (signal.aborted || !chart?._fullLayout?.scene) return;
    const screen = onScreen(chart);
    if (screen && screen.view !== seen) draw();
    requestAnimationFrame(follow);
  }

  const hear = (name, keep) => document.addEventListener(name, ({ detail }) => (keep(detail), draw()), { signal });
  hear("lab-turned", (place) => (turned = place));
  hear("lab-crossing", (share) => (crossed = share));
  document.dispatchEvent(new CustomEvent("lab-where")); // sliders that are here already tell how they stand
  return { draw, on: (found) => ((chart = found), draw(), follow()) };
}
