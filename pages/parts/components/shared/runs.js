// How compared runs look in every component: a letter, and a color of the theme.

export const LETTERS = "ABCD";
const COLORS = [0, 1, 3, 4]; // of the theme's chart colors, of which the third means a baseline

/** The theme's chart colors of the four runs. */
export function runColors(element) {
  const colors = getComputedStyle(element).getPropertyValue("--st-chart-categorical-colors").split(",");
  return COLORS.map((i) => colors[i]);
}
