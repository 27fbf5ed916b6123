// Numbers as text.

export const integer = (x) => Math.round(x).toLocaleString("en-US");

/** At least three significant digits. */
export const short = (x) => (x >= 1000 ? integer(x) : x >= 10 ? x.toFixed(1) : x.toPrecision(3));

export const stepAndEpoch = ({ step, epoch }) => `step ${integer(step)} · epoch ${epoch.toFixed(1)}`;
