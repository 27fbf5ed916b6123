// A canvas for mouse, pen or finger. The drawing goes to the server as strokes and as a PNG: at intervals while the pen
// moves, and when it is lifted.

import { component } from "../shared/component.js";

const SIDE = 280; // pixels of the PNG; the canvas is shown at any size
const INTERVAL = 160; // milliseconds between two PNGs while the pen moves

function paint(canvas, strokes) {
  const context = canvas.getContext("2d");
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = context.fillStyle = "#fff";
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    // A smooth curve through the midpoints of neighboring points.
    for (let i = 1; i < points.length - 1; i++) {
      const [x, y] = points[i];
      context.quadraticCurveTo(x, y, (x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2);
    }
    context.lineTo(...points[points.length - 1]);
    context.stroke();
  }
}

export default component(".draw-pad", ({ root, find, data, memory, on, setStateValue }) => {
  const [canvas, width, undo, clear] = ["canvas", ".width", ".undo", ".clear"].map(find);
  memory.strokes ??= structuredClone(data.strokes ?? []);
  const { strokes } = memory;

  function refresh() {
    paint(canvas, strokes);
    undo.disabled = clear.disabled = !strokes.length;
  }

  function send() {
    clearTimeout(memory.timer);
    memory.timer = null;
    const picture = strokes.length ? canvas.toDataURL("image/png").split(",")[1] : "";
    setStateValue("drawing", { picture, strokes });
  }

  function position(event) {
    const box = canvas.getBoundingClientRect();
    return [
      Math.round(((event.clientX - box.left) / box.width) * SIDE * 10) / 10,
      Math.round(((event.clientY - box.top) / box.height) * SIDE * 10) / 10,
    ];
  }

  on(canvas, "pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    memory.pointer = event.pointerId;
    const point = position(event);
    strokes.push({ width: Number(width.value), points: [point, point] });
    refresh();
  });
  on(canvas, "pointermove", (event) => {
    if (event.pointerId !== memory.pointer) return;
    const { points } = strokes[strokes.length - 1];
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) points.push(position(part));
    refresh();
    memory.timer ??= setTimeout(send, INTERVAL);
  });
  for (const lifted of ["pointerup", "pointercancel"]) {
    on(canvas, lifted, (event) => {
      if (event.pointerId !== memory.pointer) return;
      memory.pointer = null;
      send();
    });
  }
  const undoStroke = () => {
    strokes.pop();
    refresh();
    send();
  };
  on(undo, "click", undoStroke);
  on(clear, "click", () => {
    strokes.length = 0;
    refresh();
    send();
  });
  on(root, "keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && strokes.length) {
      event.preventDefault();
      undoStroke();
    }
  });
  refresh();
});
