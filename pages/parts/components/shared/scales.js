// Ranges and ticks of the chart's axes.

const ROOM = 0.05; // share of the range above and below the lines
const FEWEST = 3; // ticks of powers of ten that describe an axis
const MOST = 10; // ticks on a logarithmic axis

const POWERS = Array.from({ length: 25 }, (_, i) => i - 12);
/** Distances between ticks. */
export const INCREMENTS = POWERS.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));

/** The range of an axis around the lowest and the highest value, null where there are none. */
export function valueRange(low, high, log) {
  if (low === null || high === null) return log ? [1, 10] : [0, 1];
  if (log) {
    const room = Math.max(high / low, 1.02) ** ROOM;
    return [low / room, high * room];
  }
  const room = ROOM * (high - low || Math.abs(high) || 1);
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function evenTicks(low, high) {
  const increment = INCREMENTS.find((step) => (high - low) / step <= 6) ?? high - low;
  const first = Math.ceil(low / increment);
  const count = Math.floor(high / increment) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * increment);
}

/** Ticks at 1, 2 and 5 times the powers of ten; evenly spaced where the range is too small for that. */
export function logTicks(low, high) {
  const inside = INCREMENTS.filter((tick) => tick >= low && tick <= high);
  if (inside.length < FEWEST) return evenTicks(low, high);
  return inside.length > MOST
    ? inside.filter((tick) => Number.isInteger(Math.round(1e6 * Math.log10(tick)) / 1e6))
    : inside;
}

/** A tick's text, with the digits that its distance to the next one needs. */
export function tickText(tick, increment) {
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(increment) - 1e-9)));
  return tick.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The text of a tick on a logarithmic axis, where the distances differ. */
export const logTickText = (tick) => tick.toLocaleString("en-US", { maximumSignificantDigits: 4 });
