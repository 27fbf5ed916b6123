// uPlot, which draws charts: a script of the server that the browser keeps, loaded once for each page.

import { address } from "./live.js";
import { INCREMENTS } from "./scales.js";

let loading = null;

/** A promise of uPlot from `path`; it fails if the server does not answer, and the next call tries again. */
export function library(path) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address(path);
    script.addEventListener("load", () => resolve(window.uPlot));
    script.addEventListener("error", () => {
      script.remove();
      loading = null;
      reject(new Error(`No answer for ${path}`));
    });
    document.head.append(script);
  });
  return loading;
}

/** Colors and font of the theme, as the browser has computed them. */
export function styleOf(element) {
  const style = getComputedStyle(element);
  const colors = style.getPropertyValue("--st-chart-categorical-colors").split(",");
  return { text: style.color, grid: style.borderTopColor, font: style.fontFamily, colors };
}

const FONT = 12; // pixels

/** What all axes of a chart have in common. */
export function sharedAxis(style) {
  return {
    stroke: style.text,
    font: `${FONT}px ${style.font}`,
    labelFont: `${FONT + 1}px ${style.font}`,
    labelSize: 20,
    labelGap: 2,
    gap: 5,
    size: FONT + 12,
    incrs: INCREMENTS,
    ticks: { show: false },
    filter: (_, splits) => splits,
  };
}
