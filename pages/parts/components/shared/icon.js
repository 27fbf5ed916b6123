// Icons of the font that Streamlit loads for its own.

/** Shows an icon in Streamlit's notation, `:material/check_circle:`, in an element of class `icon`. */
export function showIcon(element, icon = "") {
  const name = icon.replace(/^:material\/|:$/g, "");
  if (element.textContent !== name) element.textContent = name;
}
