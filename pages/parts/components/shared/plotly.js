// Where things are on a Plotly chart of the page. Plotly has no public functions for that: its private layout is read
// in this file alone.

/** The chart with that Streamlit key, once Plotly has drawn it; else null. */
export function findChart(key) {
  return document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`);
}

export const hasThreeAxes = (chart) => Boolean(chart?._fullLayout?.scene);

/** The plot of a chart with two axes: its box, and values to and from pixels in the box; null before it is drawn. */
export function flatPlot(chart) {
  const { xaxis, yaxis } = chart?._fullLayout ?? {};
  if (!xaxis?.l2p || !yaxis) return null;
  return {
    box: { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length },
    toPixels: ([x, y]) => [xaxis.l2p(x), yaxis.l2p(y)],
    toValues: ([left, top]) => [xaxis.p2l(left), yaxis.p2l(top)],
    view: null,
  };
}

const times = (m, v) => [0, 1, 2, 3].map((j) => v.reduce((sum, value, i) => sum + m[4 * i + j] * value, 0));

/** The plot of a chart with three axes, projected as Plotly does it for annotations; `view` changes with the camera. */
export function scenePlot(chart) {
  const { scene, _size: size } = chart?._fullLayout ?? {};
  const camera = scene?._scene?.glplot?.cameraParams;
  if (!camera?.view) return null;
  const { dataScale, fullSceneLayout } = scene._scene;
  const [left, low] = [fullSceneLayout.domain.x[0], fullSceneLayout.domain.y[0]];
  const [wide, high] = [fullSceneLayout.domain.x[1] - left, fullSceneLayout.domain.y[1] - low];
  const box = {
    left: size.l + left * size.w,
    top: size.t + (1 - low - high) * size.h,
    width: wide * size.w,
    height: high * size.h,
  };
  const toPixels = (position) => {
    const scaled = [...position.map((value, i) => value * dataScale[i]), 1];
    const [x, y, , w] = times(camera.projection, times(camera.view, times(camera.model, scaled)));
    return [0.5 * (1 + x / w) * box.width, 0.5 * (1 - y / w) * box.height];
  };
  return { box, toPixels, view: [...camera.projection, ...camera.view, ...camera.model, ...dataScale].join() };
}

/** The custom data of the visible point of a flat chart nearest to `pixels`, if one is within `reach` pixels. */
export function nearestPoint(chart, pixels, reach) {
  const { toPixels } = flatPlot(chart);
  let [least, found] = [reach, null];
  for (const trace of chart._fullData.filter(({ visible }) => visible === true)) {
    for (let i = 0; i < trace.x.length; i++) {
      const [x, y] = toPixels([trace.x[i], trace.y[i]]);
      const distance = Math.hypot(x - pixels[0], y - pixels[1]);
      if (distance < least) [least, found] = [distance, trace.customdata[i]];
    }
  }
  return found;
}
