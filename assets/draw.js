// A canvas to draw on with mouse, pen or finger. What is drawn goes to the page as strokes and as a PNG: at once when
// the pen is lifted, and now and then while it moves.

const SIDE = 280; // pixels of the picture that is sent; the canvas is shown at any size
const PACE = 160; // milliseconds between two pictures while the pen moves
const kept = new WeakMap(); // strokes by mount: they outlive a redrawing of the page around them

function paint(canvas, strokes) {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = pen.fillStyle = "#fff";
  pen.lineCap = pen.lineJoin = "round";
  for (const { width, points } of strokes) {
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(...points[0]);
    // Through the middles of neighbouring points: the hand's curve without corners.
    for (let i = 1; i < points.length - 1; i++) {
      const [x, y] = points[i];
      pen.quadraticCurveTo(x, y, (x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2);
    }
    pen.lineTo(...points[points.length - 1]);
    pen.stroke();
  }
}

export default function draw({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".draw");
  if (!root) return undefined;
  const find = (name) => root.querySelector(name);
  const [canvas, width, undo, clear] = ["canvas", ".width", ".undo", ".clear"].map(find);
  const own = kept.get(parentElement) ?? { strokes: structuredClone(data?.strokes ?? []), pen: null, timer: null };
  kept.set(parentElement, own);
  own.ending?.abort(); // new data may come without an unmount before it
  const ending = (own.ending = new AbortController());
  const on = (target, event, answer) => target.addEventListener(event, answer, { signal: ending.signal });

  function refresh() {
    paint(canvas, own.strokes);
    undo.disabled = clear.disabled = !own.strokes.length;
  }

  function send() {
    clearTimeout(own.timer);
    own.timer = null;
    const picture = own.strokes.length ? canvas.toDataURL("image/png").split(",")[1] : "";
    setStateValue("drawing", { picture, strokes: own.strokes });
  }

  function at(event) {
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
    own.pen = event.pointerId;
    const point = at(event);
    own.strokes.push({ width: Number(width.value), points: [point, point] });
    refresh();
  });
  on(canvas, "pointermove", (event) => {
    if (event.pointerId !== own.pen) return;
    const { points } = own.strokes[own.strokes.length - 1];
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) points.push(at(part));
    refresh();
    own.timer ??= setTimeout(send, PACE);
  });
  for (const lifted of ["pointerup", "pointercancel"]) {
    on(canvas, lifted, (event) => {
      if (event.pointerId !== own.pen) return;
      own.pen = null;
      send();
    });
  }
  const takeBack = () => {
    own.strokes.pop();
    refresh();
    send();
  };
  on(undo, "click", takeBack);
  on(clear, "click", () => {
    own.strokes.length = 0;
    refresh();
    send();
  });
  on(root, "keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && own.strokes.length) {
      event.preventDefault();
      takeBack();
    }
  });
  refresh();
  return () => ending.abort();
}
