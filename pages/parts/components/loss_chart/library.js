// uPlot, which draws the chart: a script of the server that the browser keeps, loaded once for each page.

import { address } from "../shared/live.js";

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
