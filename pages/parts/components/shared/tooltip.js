// The box with the values of all lines at the pointer of a chart.

const GAP = 14; // pixels between the pointer's line and the box

function text(content, name) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = content;
  return made;
}

/**
 * Shows the box beside the pointer's line of the chart `u`; without rows, hides it.
 *
 * A row has a `sample` of its line, `name`, `value`, and a `note` after it.
 */
export function showBox(box, u, title, rows) {
  const { left } = u.cursor;
  box.hidden = !(left >= 0) || !rows.length;
  if (box.hidden) return;
  box.replaceChildren(
    text(title, "title"),
    ...rows.map(({ sample, name, value, note }) => {
      const row = document.createElement("div");
      row.append(sample, text(name, "name"), text(value, "value"), text(note, "note"));
      return row;
    })
  );
  const frame = u.over.getBoundingClientRect();
  const outer = box.parentElement.getBoundingClientRect();
  const middle = frame.left - outer.left + left;
  const width = box.offsetWidth;
  const right = middle + GAP + width <= outer.width;
  box.style.left = `${right ? middle + GAP : Math.max(0, middle - GAP - width)}px`;
  box.style.top = `${frame.top - outer.top + 4}px`;
}
