// One map: its points on one canvas, drawn once, and the mark on a second one above it.

import { drawShape } from "../shared/shapes.js";

const MARGIN = 12; // CSS pixels around the outermost points
const [POINT, MARKED] = [3.2, 6]; // CSS pixels
const REACH = 30; // CSS pixels around the pointer in which a point is marked

/** A map in the element `frame`; `styleOf(i)` returns the color and shape of a point. */
export function createMap(frame, points, styleOf) {
  const [base, over] = frame.querySelectorAll("canvas");
  let [ratio, width, height, marked] = [1, 0, 0, null];

  const toPixels = ([x, y]) => [MARGIN + x * (width - 2 * MARGIN), height - MARGIN - y * (height - 2 * MARGIN)];

  function drawPoint(context, i, radius) {
    const { color, shape } = styleOf(i);
    const [x, y] = toPixels(points[i]);
    context.fillStyle = color;
    drawShape(context, shape, x * ratio, y * ratio, radius * ratio);
  }

  /** Draws all points at the frame's size. */
  function draw() {
    [ratio, width, height] = [window.devicePixelRatio || 1, frame.clientWidth, frame.clientHeight];
    if (!width) return;
    for (const canvas of [base, over]) [canvas.width, canvas.height] = [width * ratio, height * ratio];
    const context = base.getContext("2d");
    context.globalAlpha = 0.75;
    for (const i of points.keys()) drawPoint(context, i, POINT);
    mark(marked);
  }

  /** Marks the point `i`; null marks none. */
  function mark(i) {
    marked = i;
    const context = over.getContext("2d");
    context.clearRect(0, 0, over.width, over.height);
    if (i === null || !width) return;
    const [x, y] = toPixels(points[i]).map((value) => value * ratio);
    drawPoint(context, i, MARKED);
    context.beginPath();
    context.arc(x, y, 11 * ratio, 0, 2 * Math.PI);
    context.lineWidth = 2.5 * ratio;
    context.strokeStyle = getComputedStyle(frame).color;
    context.stroke();
  }

  /** The point nearest to a pointer, if it is near; else null. */
  function nearest({ clientX, clientY }) {
    const box = frame.getBoundingClientRect();
    const [left, top] = [clientX - box.left, clientY - box.top];
    let [least, found] = [REACH, null];
    points.forEach((point, i) => {
      const [x, y] = toPixels(point);
      const distance = Math.hypot(x - left, y - top);
      if (distance < least) [least, found] = [distance, i];
    });
    return found;
  }

  return { draw, mark, nearest, over };
}
