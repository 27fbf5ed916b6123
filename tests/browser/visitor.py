"""A visitor: a browser page that records errors, with methods for common actions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app_server import Server
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

#: Reports these texts to the console as soon as they appear on the page.
REPORT_ERROR_TEXTS = """
(() => {
  const errors = ["Traceback", "ran into a problem and stopped", "This app has encountered an error"];
  const look = (node) => {
    const text = node.textContent ?? "";
    for (const t of errors) if (text.includes(t)) console.error(`The page shows “${t}”: ${text.slice(0, 300)}`);
  };
  new MutationObserver((changes) => changes.forEach((c) => { c.addedNodes.forEach(look); look(c.target); }))
    .observe(document, { childList: true, subtree: true, characterData: true });
})();
"""


def frames_sent(page: Page) -> list[object]:
    """Collect the WebSocket frames that the page sends; call this before opening the page."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent


#: Where a map of codes shows the point of that index in its first class.
POINT_OF_MAP = """(index) => {
    const chart = document.querySelector(".js-plotly-plot");
    const { xaxis, yaxis } = chart._fullLayout;
    const { x, y } = chart._fullData[0];
    const box = chart.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.l2p(x[index]), box.top + yaxis._offset + yaxis.l2p(y[index])];
}"""

#: For a color, the number of its pixels on the canvas, their mean height, and their first and last column.
FIND_COLOR = """
(canvas, color) => {
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const wanted = [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
  const found = { count: 0, height: 0, first: width, last: 0 };
  for (let i = 0; i < data.length; i += 4)
    if (wanted.every((value, c) => Math.abs(data[i + c] - value) < 3) && data[i + 3] > 250) {
      const column = (i / 4) % width;
      found.count += 1;
      found.height += Math.floor(i / 4 / width);
      found.first = Math.min(found.first, column);
      found.last = Math.max(found.last, column);
    }
  found.height /= found.count || 1;
  return found;
}
"""


class Visitor:
    """A browser window on a server."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.server = server
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.page.add_init_script(REPORT_ERROR_TEXTS)
        self.page.on("console", self._record)
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))

    def _record(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit first requests two addresses below the page's own, gets 404, then tries others.
        if message.type == "error" and "_stcore/" not in (message.location or {}).get("url", ""):
            self.errors.append(f"console: {message.text}")

    def open(self, path: str = "/", run: str | None = None) -> Page:
        """Go to a page and wait until it is drawn."""
        self.page.goto(self.server.url + path + (f"?run={run}" if run else ""))
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the page's script has ended."""
        expect(self.page.locator('[data-testid="stMain"] h2').first).to_be_visible()
        expect(self.page.locator('[data-testid="stApp"]')).to_have_attribute("data-test-script-state", "notRunning")

    # -- elements

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def sidebar(self) -> Locator:
        return self.page.get_by_test_id("stSidebar")

    @property
    def reconstruction(self) -> Locator:
        """The live row of reconstructions, once there are any; its label names their step."""
        return self.main.locator('.live-view canvas[aria-label^="Reconstructions at step"]')

    @property
    def chart(self) -> Locator:
        """The loss chart, once it is drawn."""
        return self.main.locator(".loss-chart canvas")

    @property
    def bar(self) -> Locator:
        return self.main.get_by_role("progressbar").first

    @property
    def finished(self) -> Locator:
        """The state of a finished run."""
        return self.main.get_by_text("Finished", exact=True)

    @property
    def picker(self) -> Locator:
        """The run picker."""
        return self.sidebar.get_by_role("combobox", name="Run")

    @property
    def groups(self) -> Locator:
        """The groups of runs in the sidebar; none where there is only one."""
        return self.sidebar.locator("[class*=st-key-run_group]").get_by_role("radio")

    def button(self, label: str) -> Locator:
        """The button with that label in the main part of the page."""
        return self.main.get_by_role("button", name=label, exact=True)

    def run_in_address(self) -> str | None:
        """The id of the run in the address."""
        return parse_qs(urlsplit(self.page.url).query).get("run", [None])[0]

    def wait_for_run(self, run: str) -> None:
        """Wait until the address names that run."""
        self.page.wait_for_url(re.compile(rf"[?&]run={run}(&|$)"))

    def gauge(self, name: str) -> float:
        """The value of a live metric, by its label."""
        text = self.main.locator(".gauges span", has_text=name).locator("b").inner_text()
        return float(text.replace(",", ""))

    def point_of_map(self, index: int) -> tuple[float, float]:
        """Where the map of codes shows a point of its first class, in pixels of the window."""
        x, y = self.page.evaluate(POINT_OF_MAP, index)
        return x, y

    # -- actions

    def choose(self, label: str, option: str, container: Locator | None = None) -> None:
        """Choose an option of a select box; the names of runs are followed by their dates."""
        (container or self.main).get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=re.compile(rf"^{re.escape(option)}( · |$)")).click()
        self.drawn()

    def search(self, label: str, option: str) -> None:
        """Choose an option of a long select box by typing its name: the options out of sight are not in the page."""
        self.main.get_by_role("combobox", name=label).fill(option)  # opens the list; a click could close it again
        self.page.get_by_role("option", name=re.compile(rf"^{re.escape(option)}( · |$)")).click()
        self.drawn()

    def show_group(self, name: str) -> None:
        """Show a group of runs in the sidebar."""
        group, before = self.groups.filter(has_text=name), self.picker.input_value()
        if group.get_attribute("aria-checked") != "true":
            group.click()
            expect(self.picker).not_to_have_value(before)  # the script has not even begun at the click
        self.drawn()

    def enter(self, label: str, value: str) -> None:
        """Type a value into a field and leave it."""
        field = self.main.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        self.drawn()

    def train(self) -> str:
        """Press Train, wait until the page shows the new run, and return its id."""
        before = self.page.url
        self.button("Train").click()
        self.page.wait_for_url(lambda url: url != before and "run=" in url)
        expect(self.main.get_by_text("Training", exact=True)).to_be_visible()
        run = self.run_in_address()
        assert run
        return run

    def download(self, button: Locator, folder: Path) -> Path:
        """Press a download button, and return the path of the file."""
        with self.page.expect_download() as waiting:
            button.click()
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def boxes(self, *locators: Locator) -> list[dict[str, Any]]:
        """The bounding boxes of elements, without scrolling, once all are visible and none moves any more."""
        before: list[Any] = []
        for _ in range(100):
            for locator in locators:
                expect(locator).to_be_visible()
            found = [locator.bounding_box() for locator in locators]
            if all(found) and found == before:  # a training view may redraw an element, and a chart move the others
                return [dict(box) for box in found if box]
            before = found
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the elements keep moving: {before}")
