// The stops of the wall's slider.

/**
 * A stop { value, shown } for each position on `axis` that a snapshot of any run has: which snapshot each run shows
 * there. It is the last one up to there: the first one before its beginning, and the last one after its end.
 */
export function stopsOf(runs, axis) {
  const positions = runs.map(({ snapshots }) => snapshots.map((snapshot) => snapshot[axis]));
  const shown = runs.map(() => 0);
  return [...new Set(positions.flat())]
    .sort((a, b) => a - b)
    .map((value) => {
      positions.forEach((run, i) => {
        while (run[shown[i] + 1] <= value) shown[i] += 1;
      });
      return { value, shown: [...shown] };
    });
}
