// What lies under the pointer on a map of codes. Originals and reconstructions of all points, and pictures decoded on a
// grid over the map's plane, arrive as sheets of tiles, so pointing needs no server. The server receives clicks, and
// points selected with box or lasso.

import { component } from "../shared/component.js";
import { findChart } from "../shared/plotly.js";
import { createMarks } from "./marks.js";
import { createPictures } from "./pictures.js";
import { createPointer } from "./pointer.js";

const REDRAWN = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];

export default component(".hover-preview", ({ root, data, signal, onPageChange, atEnd, setTriggerValue }) => {
  const pictures = createPictures(root, data, signal);
  const marks = createMarks(data.marks, signal);
  const pointer = createPointer(Boolean(data.plane), signal, {
    showPoint: pictures.showPoint,
    showPlane: pictures.showPlane,
    pin: (index) => setTriggerValue("pinned", index),
    select: (indices) => setTriggerValue("selection", indices),
  });
  let chart = null;

  // The chart arrives before or after, and is another one whenever its figure changes.
  function attach() {
    const found = findChart(data.chart);
    if (!found?.on || found === chart) return;
    detach();
    chart = found;
    for (const redrawn of REDRAWN) chart.on(redrawn, marks.draw);
    pointer.attach(chart);
    marks.attach(chart);
  }

  function detach() {
    pointer.detach();
    for (const redrawn of REDRAWN) chart?.removeListener?.(redrawn, marks.draw);
    chart = null;
  }

  const update = () => (attach(), pictures.findSheets());
  onPageChange(update);
  update();
  pictures.showFirst();
  atEnd(detach);
});
