// The values of the setting as positions on the axis, and the scores there.

const LOG_FROM = 8; // the largest value as a multiple of the smallest, from which the axis is logarithmic

/** The scores that can be shown: title in buttons, label of the axis, digits, and whether its logarithm means anything. */
export const MEASURES = {
  mse: { title: "MSE", label: "test MSE", digits: 5, canBeLog: true },
  sse: { title: "SSE", label: "test SSE (per example)", digits: 2, canBeLog: true },
  psnr: { title: "PSNR", label: "test PSNR (dB)", digits: 2 },
  bce: { title: "BCE", label: "test BCE (nats per pixel)", digits: 4, canBeLog: true },
};

export const isLower = (measure) => measure !== "psnr"; // better

/** Whether something lies between two values, so that a line may join them. */
export const haveOrder = ({ values }) => values.every(({ value }) => typeof value === "number");

/** How values become positions: by their logarithm, as they are, or one after the other. */
function placing(values) {
  if (values.some((value) => typeof value !== "number")) return (_, i) => i;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low >= LOG_FROM ? (value) => Math.log2(value) : (value) => value;
}

/** One point for each value, from left to right: its position, text, spread, PCA's score and each run's. */
export function pointsOf({ values, runs }, measure) {
  const place = placing(values.map(({ value }) => value));
  return values
    .map((point, i) => ({
      ...point,
      at: place(point.value, i),
      spread: point[`test_${measure}`],
      pca: point[`pca_${measure}`] ?? null,
      runs: runs.filter(({ value }) => JSON.stringify(value) === JSON.stringify(point.value)),
    }))
    .sort((one, other) => one.at - other.at);
}

/** The measures of which there are values, or the error where there are none yet. */
export function measuresOf({ values }) {
  const known = Object.keys(MEASURES).filter((name) => values.some((point) => point[`test_${name}`]));
  return known.length ? known : ["mse"];
}

/** The lowest and the highest of all scores; nulls without any. */
export function extent(points, measure) {
  const all = points.flatMap(({ spread, pca, runs }) => [
    ...(spread?.std ? [spread.mean - spread.std, spread.mean + spread.std] : []),
    ...runs.map((run) => run[`test_${measure}`]),
    pca,
  ]);
  const known = all.filter((value) => value !== null && value !== undefined);
  return known.length ? [Math.min(...known), Math.max(...known)] : [null, null];
}

export const number = (value, measure) => value.toFixed(MEASURES[measure].digits);

export const spreadText = ({ mean, std }, measure) =>
  number(mean, measure) + (std === null ? "" : ` ± ${number(std, measure)}`);
