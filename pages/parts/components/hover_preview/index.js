// The images under the pointer on a map of codes. Originals and reconstructions of all points, and images decoded on a
// grid over the map's plane, arrive as sheets of tiles, so hovering needs no server. The server receives clicks, and
// points selected with box or lasso.

import { component } from "../shared/component.js";
import { findChart } from "../shared/plotly.js";
import { createImages } from "./images.js";
import { createMarks } from "./marks.js";
import { createPointer } from "./pointer.js";

const hasWebGL = () => Boolean(document.createElement("canvas").getContext("webgl"));
const REDRAWN = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];

export default component(".hover-preview", ({ root, data, signal, onPageChange, atEnd, setTriggerValue }) => {
  const images = createImages(root, data, signal);
  const marks = createMarks(data.marks, signal);
  const pointer = createPointer(Boolean(data.plane), signal, {
    showPoint: images.showPoint,
    showPlane: images.showPlane,
    selectPoint: (index) => setTriggerValue("point", index),
    selectArea: (indices) => setTriggerValue("selection", indices),
  });
  let chart = null;

  // The chart may arrive before or after this component, and is replaced whenever its figure changes.
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

  const update = () => (attach(), images.findSheets());
  onPageChange(update);
  update();
  images.showFirst();
  if (data.asks_for_webgl && !hasWebGL()) setTriggerValue("no_webgl", true);
  atEnd(detach);
});
