// Sweep: a slider over strengths of noise. Every noisy and every restored picture arrives in one sheet of tiles (the
// clean row, then for each strength a noisy and a restored row), so the slider follows the hand without the server, which
// hears of the strength only when the hand lets go.

const places = new WeakMap(); // where a mounted element stands, by what its slider is about
const sweeping = new WeakMap(); // how to end what an element does now

const decibels = (x) => x.toFixed(1);
const average = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

function told({ noisy, restored }, i) {
  return [
    `<i>${decibels(noisy.psnr[i])} →</i> <i>${decibels(restored.psnr[i])} dB</i>`,
    `<i>${noisy.ssim[i].toFixed(2)} →</i> <i>${restored.ssim[i].toFixed(2)}</i>`,
  ];
}

export default function sweep({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sweep");
  if (!root || !data) return undefined;
  sweeping.get(parentElement)?.();
  const find = (name) => root.querySelector(name);
  const [slider, mean, psnr, ssim] = [".slider", ".mean", ".psnr", ".ssim"].map(find);
  const [clean, noisy, restored] = [".clean", ".noisy", ".restored"].map(find);
  const { levels, id } = data;
  const last = levels.length - 1;
  const before = places.get(parentElement);
  const own = before && before.id === id ? before.index : data.start;
  let index = Math.max(0, Math.min(last, own));
  const ending = new AbortController();
  const on = (target, event, answer) => target.addEventListener(event, answer, { signal: ending.signal });
  const sheet = new Image();

  function show(i) {
    index = i;
    places.set(parentElement, { id, index });
    const level = levels[index];
    drawRow(noisy, sheet, 1 + 2 * index, data);
    drawRow(restored, sheet, 2 + 2 * index, data);
    const sentence =
      `Strength ${Number(level.strength.toFixed(3))}. ${data.columns > 1 ? `Mean of these ${data.columns}: ` : ""}PSNR ${decibels(average(level.noisy.psnr))} → ` +
      `${decibels(average(level.restored.psnr))} dB, SSIM ${average(level.noisy.ssim).toFixed(2)} → ` +
      `${average(level.restored.ssim).toFixed(2)}.`;
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", sentence);
    mean.textContent = sentence;
    restored.setAttribute("aria-label", `Restored pictures. ${sentence}`);
    [psnr, ssim].forEach((line, part) =>
      [...line.children].forEach((cell, i) => (cell.innerHTML = told(level, i)[part]))
    );
  }

  function layout() {
    drawRow(clean, sheet, 0, data);
    show(index);
    if (!sheet.naturalWidth) return; // a canvas that nothing is drawn on yet has no sides of its own
    const pixels = noisy.getBoundingClientRect().width / (noisy.width || 1);
    const wide = noisy.height * pixels * (data.tile[1] / data.tile[0]) + GAP;
    for (const line of [psnr, ssim]) for (const cell of line.children) cell.style.width = `${wide}px`;
  }

  for (const line of [psnr, ssim]) {
    line.replaceChildren(...Array.from({ length: data.columns }, () => document.createElement("span")));
  }
  slider.max = String(last);
  on(slider, "input", () => show(Number(slider.value)));
  on(slider, "change", () => setStateValue("strength", levels[index].strength));
  on(sheet, "load", layout);
  sheet.src = data.sheet;
  const observer = new ResizeObserver(layout);
  observer.observe(root);
  layout();

  const end = () => {
    ending.abort();
    observer.disconnect();
  };
  sweeping.set(parentElement, end);
  return end;
}
