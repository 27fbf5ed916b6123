// Probe: what lies under the pointer on a map of codes. Originals and reconstructions of all points, and pictures decoded
// on a grid over the map's plane, arrive as sheets of tiles; pointing is answered from them, without the server, which
// hears of a click, and of points chosen with box or lasso.

const probing = new WeakMap(); // how to end what an element does now
const REDRAWN = ["plotly_afterplot", "plotly_relayout", "plotly_relayouting"];

export default function probe({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".probe");
  if (!root || !data) return undefined;
  probing.get(parentElement)?.();
  const ending = new AbortController();
  const pictures = probePictures(root, data, ending.signal);
  const marks = probeMarks(data, ending.signal);
  const hand = probeHand(data, ending.signal, {
    point: pictures.point,
    plane: pictures.plane,
    pin: (number) => setTriggerValue("pinned", number),
    choose: (numbers) => setTriggerValue("chosen", numbers),
  });
  let chart = null;

  // The chart arrives before or after, and is another one whenever its figure changes.
  function attach() {
    const found = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
    if (!found?.on || found === chart) return;
    detach();
    chart = found;
    for (const drawn of REDRAWN) chart.on(drawn, marks.draw);
    hand.on(chart);
    marks.on(chart);
  }

  function detach() {
    hand.leave();
    for (const drawn of REDRAWN) chart?.removeListener?.(drawn, marks.draw);
    chart = null;
  }

  const look = () => (attach(), pictures.fetchSheets());
  const arrivals = new MutationObserver(look);
  arrivals.observe(document.body, { childList: true, subtree: true });
  look();
  pictures.begin();

  const end = () => {
    ending.abort();
    arrivals.disconnect();
    detach();
  };
  probing.set(parentElement, end);
  return end;
}
