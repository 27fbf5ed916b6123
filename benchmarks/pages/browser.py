"""The browser, and a window in which it measures times by its own clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

#: In order of preference: the headless shell needs a third less time, because it draws no window.
BROWSERS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update",
]  # fmt: skip
SCREEN = {"width": 1400, "height": 900}
TIMEOUT = 120_000  # milliseconds

TIMING = Path(__file__).with_name("timing.js").read_text(encoding="utf-8")
IDLE = "timing.idle()"


def find_browser() -> str | None:
    """The path of the system's Chromium or Chrome; None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start the browser. Raises RuntimeError if there is none."""
    path = find_browser()
    if path is None:
        raise RuntimeError("No Chromium or Chrome was found on PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """A browser window on a server, with an empty cache.

    Conditions and values are JavaScript expressions; `timing` has functions for them, see `timing.js`.
    """

    def __init__(self, browser: Browser, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.page: Page = browser.new_context(viewport=SCREEN).new_page()  # type: ignore[arg-type]
        self.page.set_default_timeout(TIMEOUT)
        self.page.add_init_script(TIMING)

    def open(self, path: str, shown: str) -> float:
        """Go to a page; the milliseconds from the start of the navigation until the condition `shown` is true."""
        self.page.goto(self.url + path, wait_until="commit")
        return self._wait(shown)

    def reload(self, shown: str) -> float:
        """As `open`, of the same page again."""
        self.page.reload(wait_until="commit")
        return self._wait(shown)

    def time(self, event: str, act: Callable[[], object], shown: str) -> float:
        """Milliseconds from the event of that type, which `act` causes, until the condition `shown` is true."""
        self.page.evaluate(f"timing.begin('{event}', () => {shown})")
        act()
        return float(self.page.evaluate("timing.done()"))

    def time_to_last(self, event: str, act: Callable[[], object], value: str, quiet: float) -> float:
        """Milliseconds from the event to the last change of `value` before `quiet` milliseconds without one."""
        self.page.evaluate(f"timing.beginLast('{event}', () => {value}, {quiet})")
        act()
        return float(self.page.evaluate("timing.done()"))

    def wait_for(self, shown: str) -> None:
        """Wait until the condition is true."""
        self.page.wait_for_function(f"() => {shown}")

    def close(self) -> None:
        self.page.context.close()

    def _wait(self, shown: str) -> float:
        self.page.evaluate(f"timing.begin(null, () => {shown})")
        return float(self.page.evaluate("timing.done()"))
