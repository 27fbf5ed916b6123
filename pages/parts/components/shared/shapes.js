// The shapes of classes, as Plotly names them, around the origin with about one unit to each side.

const SQUARE = "M-0.9-0.9H0.9V0.9H-0.9Z";
const CIRCLE = "M1,0A1,1 0 1 1-1,0A1,1 0 1 1 1,0Z";
const CROSS = "M-0.4-1.2H0.4V-0.4H1.2V0.4H0.4V1.2H-0.4V0.4H-1.2V-0.4H-0.4Z";
const STAR = "M0-1.4L0.32-0.44L1.33-0.43L0.51,0.17L0.82,1.13L0,0.54L-0.82,1.13L-0.51,0.17L-1.33-0.43L-0.32-0.44Z";
const OUTLINES = {
  circle: CIRCLE,
  square: SQUARE,
  diamond: "M0-1.3L1.3,0L0,1.3L-1.3,0Z",
  cross: CROSS,
  x: CROSS,
  "triangle-up": "M0-1.2L1.15,0.8H-1.15Z",
  "triangle-down": "M0,1.2L1.15-0.8H-1.15Z",
  star: STAR,
};
const paths = Object.fromEntries(Object.entries(OUTLINES).map(([name, outline]) => [name, new Path2D(outline)]));

/** Draws a shape of that name and radius at (x, y), in the context's `fillStyle`. */
export function drawShape(context, name, x, y, radius) {
  const outline = paths[name.replace("-open", "")];
  context.save();
  context.translate(x, y);
  context.scale(radius, radius);
  if (name === "x") context.rotate(Math.PI / 4);
  if (name.endsWith("-open")) {
    context.strokeStyle = context.fillStyle;
    context.lineWidth = 0.5;
    context.stroke(outline);
  } else context.fill(outline);
  context.restore();
}
