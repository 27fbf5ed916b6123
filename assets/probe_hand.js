// What a hand does on the map. Plotly hears a click only after it has seen the pointer rest, which a quick hand does not
// wait for, and on three axes also when a map is turned. So a click is told here: pressed and let go at one place.

const STILL = 4; // pixels that a hand moves while it clicks
const REACH = 20; // pixels around a point in which a click means it
const LATE = 600; // milliseconds after a click in which Plotly may find out which point of three axes it was on
const HINT = 1500; // milliseconds

function probeHand(data, signal, { point, plane, pin, choose }) {
  let chart = null;
  let under = null; // the point that the pointer is on
  let pressed = null;
  let clicked = -LATE; // when a click met no point

  const index = (point) => point?.customdata?.[0] ?? point?.customdata;
  const told = {
    plotly_hover: ({ points }) => {
      under = index(points?.[0]);
      if (!Number.isInteger(under)) return;
      point(under);
      if (performance.now() - clicked < LATE) pin(under);
      clicked = -LATE;
    },
    plotly_unhover: () => (under = null),
    plotly_selected: (event) => event?.points && choose(event.points.map(index)),
    plotly_deselect: () => choose([]),
  };

  // Where the pointer is, in pixels from the corner of a flat map's plot.
  function within(event) {
    const { xaxis, yaxis } = chart._fullLayout;
    const box = chart.getBoundingClientRect();
    return [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
  }

  function move(event) {
    const { xaxis, yaxis } = chart._fullLayout ?? {};
    if (!data.plane || !xaxis?.p2l) return;
    const [x, y] = within(event);
    plane(xaxis.p2l(x), yaxis.p2l(y));
  }

  function press(event) {
    pressed = event.button === 0 && !event.target.closest?.(".legend, .modebar") ? event : null;
  }

  function release(event) {
    const moved = pressed && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY);
    const meant = pressed && moved <= STILL;
    pressed = null;
    if (!meant) return;
    const found = data.plane ? nearest(event) : under;
    if (Number.isInteger(found)) pin(found);
    else if (!data.plane) clicked = performance.now();
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

  // The wheel scrolls the page; with Ctrl, which is also what a pinch on a touchpad sends, it zooms the map.
  function wheel(event) {
    if (event.ctrlKey || event.metaKey) return event.preventDefault();
    event.stopPropagation();
    chart.dataset.hint = "Hold Ctrl to zoom, or pinch";
    clearTimeout(chart.hinted);
    const mine = chart;
    chart.hinted = setTimeout(() => delete mine.dataset.hint, HINT);
  }

  function leave() {
    for (const [name, answer] of Object.entries(told)) chart?.removeListener?.(name, answer);
    chart = null;
  }

  function on(found) {
    leave();
    chart = found;
    for (const [name, answer] of Object.entries(told)) chart.on(name, answer);
    chart.addEventListener("mousemove", move, { signal });
    chart.addEventListener("mousedown", press, { signal, capture: true });
    chart.addEventListener("wheel", wheel, { signal, capture: true, passive: false });
  }

  window.addEventListener("mouseup", release, { signal, capture: true });
  return { on, leave };
}
