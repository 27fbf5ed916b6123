// Fingers on the map. Plotly takes every touch: the page cannot be scrolled past its chart, and a tap is no click. Here a
// vertical swipe scrolls the page, and the browser turns a tap into a click; other drags move the map, as a mouse does.

const STILL = 8; // pixels that a finger may move before it drags
const OTHERS = ".legend, .modebar"; // Plotly's own controls

const selects = (chart) => ["select", "lasso"].includes(chart._fullLayout?.dragmode);

function mouse(type, target, { clientX, clientY }) {
  const buttons = type === "mouseup" ? 0 : 1;
  target.dispatchEvent(
    new MouseEvent(type, { bubbles: true, cancelable: true, view: window, clientX, clientY, buttons })
  );
}

export function followTouches(chart, signal) {
  let drag = null; // a finger: where it began, and whether it moves the map or scrolls the page

  function start(event) {
    if (drag?.moves) mouse("mouseup", drag.target, drag.from); // a second finger
    drag = null;
    if (event.target.closest(OTHERS) || selects(chart)) return;
    event.stopPropagation();
    if (event.touches.length === 1)
      drag = { target: event.target, from: event.touches[0], moves: false, scrolls: false };
  }

  function move(event) {
    if (!drag) return;
    event.stopPropagation();
    const [touch] = event.touches;
    if (drag.scrolls) return;
    if (!drag.moves) {
      const [dx, dy] = [touch.clientX - drag.from.clientX, touch.clientY - drag.from.clientY].map(Math.abs);
      if (Math.max(dx, dy) < STILL) return;
      [drag.moves, drag.scrolls] = [dy <= dx, dy > dx];
      if (drag.scrolls) return;
      mouse("mousedown", drag.target, drag.from);
    }
    event.preventDefault();
    mouse("mousemove", drag.target, touch);
  }

  function end(event) {
    if (drag?.moves) {
      event.preventDefault();
      mouse("mouseup", drag.target, event.changedTouches[0]);
    }
    drag = null;
  }

  chart.style.touchAction = "pan-y pinch-zoom";
  const options = { signal, capture: true, passive: false };
  chart.addEventListener("touchstart", start, options);
  chart.addEventListener("touchmove", move, options);
  chart.addEventListener("touchend", end, options);
  chart.addEventListener("touchcancel", end, options);
}
