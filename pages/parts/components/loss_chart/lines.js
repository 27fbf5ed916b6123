// The lines of the chart: their styles, and their values at each epoch.

const [EPOCH, TRAIN, VALIDATION, RECONSTRUCTION] = [1, 2, 3, 4]; // in a record; the first is the step

/** In the order of the theme's chart colors; the third is the baseline, which has a name and a value of its own. */
export const LINES = [
  { name: "training", field: TRAIN, width: 1.5 },
  { name: "validation", field: VALIDATION, width: 2.5, point: 5, spanGaps: true },
  { name: "PCA", width: 1.5, dash: [8, 5], border: "dashed" },
  {
    name: "validation, reconstruction only",
    field: RECONSTRUCTION,
    width: 2,
    dash: [2, 3],
    border: "dotted",
    spanGaps: true,
  },
];

export const names = ({ baseline }) => LINES.map(({ name, field }) => (field ? name : (baseline?.name ?? name)));

/** uPlot's data: epochs, then the values of each line, null where it has none. A logarithm needs positive values. */
export function columns({ records, baseline }, log) {
  const value = (y) => (y === null || (log && y <= 0) ? null : y);
  const rows = records.length ? [[0, 0, null, null, null], ...records] : []; // the baseline begins at 0
  return [
    rows.map((row) => row[EPOCH]),
    ...LINES.map(({ field }) => rows.map((row) => value(field ? row[field] : (baseline?.loss ?? null)))),
  ];
}
