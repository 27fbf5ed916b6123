// On a narrow screen the sidebar lies over the page: it closes when a link in it is followed.

import { component } from "../shared/component.js";

const NARROW = "(max-width: 768px)"; // as in Streamlit
const LINK = '[data-testid="stSidebar"] [data-testid="stPageLink"] a';

export default component(".sidebar-closer", ({ on }) => {
  on(document, "click", ({ target }) => {
    if (!target.closest?.(LINK) || !matchMedia(NARROW).matches) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });
});
