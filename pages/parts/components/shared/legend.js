// The legend of a chart: a click on a line's name hides the line or shows it again.

/** A short piece of a line. */
export function sample({ width, border }, color) {
  const piece = document.createElement("i");
  piece.style.borderTop = `${Math.max(2, width)}px ${border ?? "solid"} ${color}`;
  return piece;
}

/** Buttons for the lines of which there are values. */
export function showLegend(element, lines, names, isThere, isHidden, colors, toggle) {
  const there = names.map((_, i) => i).filter(isThere);
  const key = JSON.stringify([there.map((i) => [names[i], isHidden(i)]), colors]);
  if (element.dataset.shown === key) return;
  element.dataset.shown = key;
  const focused = element.getRootNode().activeElement?.dataset.line;
  element.replaceChildren(
    ...there.map((i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.line = i;
      button.setAttribute("aria-pressed", String(!isHidden(i)));
      button.append(sample(lines[i], colors[i]), names[i]);
      button.addEventListener("click", () => toggle(i));
      return button;
    })
  );
  if (focused) element.querySelector(`[data-line="${focused}"]`)?.focus();
}
