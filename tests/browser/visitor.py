"""A visitor: a page in the browser that diagnose whatever goes wrong, and the words for what a person does there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app_server import Server
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

#: Reported to the console by the page itself, as soon as such words appear anywhere in it.
WATCH_FOR_BAD_WORDS = """
(() => {
  const bad = ["Traceback", "ran into a problem and stopped here", "This app has encountered an error"];
  const look = (node) => {
    const text = node.textContent ?? "";
    for (const words of bad) if (text.includes(words)) console.error(`The page said “${words}”: ${text.slice(0, 300)}`);
  };
  new MutationObserver((changes) => changes.forEach((c) => { c.addedNodes.forEach(look); look(c.target); }))
    .observe(document, { childList: true, subtree: true, characterData: true });
})();
"""


class Visitor:
    """One person's browser window on a server."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.server = server
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.troubles: list[str] = []
        self.page.add_init_script(WATCH_FOR_BAD_WORDS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # Streamlit asks two addresses below the page's own on a deep link, hears 404, and asks again at the right ones.
        if message.type == "error" and "_stcore/" not in (message.location or {}).get("url", ""):
            self.troubles.append(f"console: {message.text}")

    def open(self, path: str = "/", run: str | None = None) -> Page:
        """Go to a page and wait until it is drawn."""
        self.page.goto(self.server.url + path + (f"?run={run}" if run else ""))
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the script behind the page has come to its end."""
        expect(self.page.locator('[data-testid="stMain"] h2').first).to_be_visible()
        expect(self.page.locator('[data-testid="stApp"]')).to_have_attribute("data-test-script-state", "notRunning")

    # -- what is on the screen

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def sidebar(self) -> Locator:
        return self.page.get_by_test_id("stSidebar")

    @property
    def reconstruction(self) -> Locator:
        """The live row of copies."""
        return self.main.locator('img[alt^="reconstruction"]').first

    @property
    def bar(self) -> Locator:
        return self.main.get_by_role("progressbar").first

    @property
    def finished(self) -> Locator:
        """The word that a run has come to its end."""
        return self.main.get_by_text("Finished", exact=True)

    @property
    def picker(self) -> Locator:
        """The choice among the runs."""
        return self.sidebar.get_by_role("combobox", name="Run")

    def button(self, label: str) -> Locator:
        """The button of the main part with that label."""
        return self.main.get_by_role("button", name=label, exact=True)

    def chosen_run(self) -> str | None:
        """The run in the address."""
        return parse_qs(urlsplit(self.page.url).query).get("run", [None])[0]

    def looks_at(self, run: str) -> None:
        """Wait until the address names that run."""
        self.page.wait_for_url(re.compile(rf"[?&]run={run}(&|$)"))

    def gauge(self, name: str) -> float:
        """A live number, by the word before it."""
        text = self.main.locator(".gauges span", has_text=name).locator("b").inner_text()
        return float(text.replace(",", ""))

    # -- what a person does

    def choose(self, label: str, option: str, place: Locator | None = None) -> None:
        """Pick an option of a select box."""
        (place or self.main).get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.drawn()

    def enter(self, label: str, value: str) -> None:
        """Type a value into a field and leave it."""
        field = self.main.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        self.drawn()

    def train(self) -> str:
        """Press Train and wait until the page looks at the new run; its id."""
        before = self.page.url
        self.button("Train").click()
        self.page.wait_for_url(lambda url: url != before and "run=" in url)
        expect(self.main.get_by_text("Training", exact=True)).to_be_visible()
        run = self.chosen_run()
        assert run
        return run

    def download(self, button: Locator, folder: Path) -> Path:
        """Press a button that gives a file; the file."""
        with self.page.expect_download() as waiting:
            button.click()
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def boxes(self, *places: Locator) -> list[dict[str, Any]]:
        """Where things are on the screen, without scrolling, once all of them are there at the same time."""
        for _ in range(20):
            for place in places:
                expect(place).to_be_visible()
            found = [place.bounding_box() for place in places]
            if all(found):  # what a training redraws may be gone between the two
                break
        assert all(found), found
        return [dict(box) for box in found if box]
