// A choice of one of a few options, as buttons in a row.

/** Fills `group` with a button for each of `options` = [[value, text], ...]; returns a function that shows a value. */
export function choice(group, options, onChoose) {
  const buttons = options.map(([value, text]) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text });
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => onChoose(value));
    button.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
      if (!step) return;
      const next = (buttons.indexOf(button) + step + buttons.length) % buttons.length;
      buttons[next].focus();
      onChoose(options[next][0]);
    });
    return button;
  });
  group.replaceChildren(...buttons);
  return (shown) =>
    buttons.forEach((button, i) => {
      const isShown = options[i][0] === shown;
      button.setAttribute("aria-checked", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
    });
}
