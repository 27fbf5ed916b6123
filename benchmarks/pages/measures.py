"""What is measured: the acts of a visitor, and what the page must show after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice, pairwise

from playwright.sync_api import Browser

from aecore.runs.run import Run
from aecore.runs.store import Store
from benchmarks.pages.browser import IDLE, Window

STARTER = "starter-1-quick"
SECONDS_TO_END = 60.0
SECONDS_BETWEEN_LOOKS = 0.02
STROKE = ((0.35, 0.2), (0.65, 0.3), (0.4, 0.5), (0.65, 0.7), (0.35, 0.85))  # of the canvas: a 3
MOVES, MILLISECONDS_BETWEEN_MOVES = 8, 16  # of the pen along each line of the stroke
QUIET = 1500  # milliseconds without another reconstruction, after which the last one was the drawing's

#: What each page must show in the end, besides its name and that no script runs.
PAGES = {
    "Home": "timing.one('.st-key-cards a')",
    "Train": "timing.one('.loss-chart canvas')",
    "Reconstruct": "timing.all('.grid figure').length > 0",
    "Denoise": "timing.one('.strength-slider .summary')?.textContent && timing.one('.noise-scores')",
    "Latent space": "timing.one('.js-plotly-plot .scatterlayer .point') && timing.one('.latent-sliders input')",
}
PATHS = {title: f"/{title.split()[0].lower()}" for title in PAGES} | {"Home": "/"}


def shown(title: str) -> str:
    """The condition that a page is complete."""
    return f"{IDLE} && timing.one('.page-name')?.textContent === '{title}' && {PAGES[title]}"


@dataclass(frozen=True)
class Measure:
    """One row of the table.

    Args:
        name: of the act.
        waits_for: what the page must show.
        target: milliseconds: of the median while nothing runs, and of the 95th percentile while a training runs.
        milliseconds: acts once for each time that it yields, without end.
    """

    name: str
    waits_for: str
    target: tuple[float, float]
    milliseconds: Callable[[Window, Store], Iterator[float]]

    def take(self, browser: Browser, port: int, store: Store, count: int) -> list[float]:
        """Measure `count` times in a new window."""
        window = Window(browser, port)
        try:
            return list(islice(self.milliseconds(window, store), count))
        finally:
            window.close()


def press_train(window: Window, store: Store) -> Iterator[float]:
    """Start the training of the form, and stop it when it has shown its first loss."""
    while True:
        window.open(f"/train?run={STARTER}", shown("Train"))
        known = {run.id for run in store.runs()}
        yield window.time(
            "click",
            window.page.get_by_role("button", name="Train", exact=True).click,
            f"!location.search.includes('{STARTER}') && timing.one('.gauges')?.textContent.includes('loss')",
        )
        for run in store.runs():
            if run.id not in known:
                end(run)


def change_page(title: str) -> Callable[[Window, Store], Iterator[float]]:
    """Click on a link of the sidebar, from the page before it; each page was open before."""

    def milliseconds(window: Window, _: Store) -> Iterator[float]:
        titles = list(PAGES)
        before = titles[titles.index(title) - 1]
        window.open(f"{PATHS[title]}?run={STARTER}", shown(title))
        links = window.page.get_by_test_id("stSidebar").get_by_role("link")
        while True:
            window.time("click", links.filter(has_text=before).click, shown(before))
            yield window.time("click", links.filter(has_text=title).click, shown(title))

    return milliseconds


def reload(title: str) -> Callable[[Window, Store], Iterator[float]]:
    def milliseconds(window: Window, _: Store) -> Iterator[float]:
        window.open(f"{PATHS[title]}?run={STARTER}", shown(title))
        while True:
            yield window.reload(shown(title))

    return milliseconds


def strength_slider(window: Window, _: Store) -> Iterator[float]:
    window.open(f"/denoise?run={STARTER}", shown("Denoise"))
    slider = window.page.locator(".strength-slider .slider")
    summary = "timing.one('.strength-slider .summary').textContent"
    for key in cycle(("ArrowRight", "ArrowLeft")):
        before = window.page.evaluate(summary)
        yield window.time("input", lambda key=key: slider.press(key), f"{summary} !== {before!r}")  # type: ignore[misc]
        window.wait_for(IDLE)


def latent_slider(window: Window, _: Store) -> Iterator[float]:
    window.open(f"/latent?run={STARTER}", shown("Latent space"))
    slider = window.page.locator(".latent-sliders input").first
    decoded = "timing.one('img[alt=\"Selected image: from sliders\"]')?.src"
    window.wait_for(decoded)
    for key in cycle(("PageUp", "PageDown")):
        before = window.page.evaluate(decoded)
        yield window.time(
            "keydown",
            lambda key=key: slider.press(key),
            f"{decoded} && {decoded} !== {before!r}",  # type: ignore[misc]
        )
        window.wait_for(IDLE)


def count_slider(window: Window, _: Store) -> Iterator[float]:
    window.open(f"/reconstruct?run={STARTER}", shown("Reconstruct"))
    slider = window.page.get_by_role("slider", name="Count")
    for key, count in cycle((("ArrowRight", 36), ("ArrowLeft", 24))):
        images = f"timing.all('.grid figure').length === {count}"
        yield window.time("keydown", lambda key=key: slider.press(key), f"{IDLE} && {images}")  # type: ignore[misc]


def lift_pen(window: Window, _: Store) -> Iterator[float]:
    """Draw a digit in half a second, and lift the pen."""
    window.open(f"/reconstruct?run={STARTER}", shown("Reconstruct"))
    window.page.get_by_test_id("stMain").get_by_text("Draw", exact=True).click()
    canvas = window.page.locator(".draw-pad canvas")
    reconstruction = "timing.one('.inspection img[alt$=\": reconstruction\"]')?.src ?? ''"
    while True:
        canvas.scroll_into_view_if_needed()
        window.wait_for(IDLE)
        yield window.time_to_last("pointerup", lambda: draw(window), reconstruction, QUIET)
        window.page.get_by_role("button", name="Clear").click()
        window.wait_for(f"{IDLE} && !({reconstruction})")


def draw(window: Window) -> None:
    box = window.page.locator(".draw-pad canvas").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    mouse = window.page.mouse
    mouse.move(*points[0])
    mouse.down()
    for (x0, y0), (x1, y1) in pairwise(points):
        for i in range(1, MOVES + 1):
            window.page.wait_for_timeout(MILLISECONDS_BETWEEN_MOVES)  # as fast as a hand
            mouse.move(x0 + (x1 - x0) * i / MOVES, y0 + (y1 - y0) * i / MOVES)
    mouse.up()


def end(run: Run) -> None:
    """Stop a run, and wait for its end."""
    run.request_stop()
    deadline = time.monotonic() + SECONDS_TO_END
    while run.state().active:
        if time.monotonic() > deadline:
            raise RuntimeError(f"The run {run.id} did not stop.")
        time.sleep(SECONDS_BETWEEN_LOOKS)


PAGE_TARGET = (300.0, 800.0)
COMPLETE = "the page, its charts and images, and no script running"

#: The measures of each group.
GROUPS: dict[str, tuple[Measure, ...]] = {
    "train": (Measure("click on Train", "the first loss of the new run", (1500.0, 1500.0), press_train),),
    "pages": tuple(Measure(f"link to {title}", COMPLETE, PAGE_TARGET, change_page(title)) for title in PAGES),
    "sliders": (
        Measure("noise strength, in the browser", "the restored images of that strength", PAGE_TARGET, strength_slider),
        Measure("latent slider", "the decoded image", PAGE_TARGET, latent_slider),
        Measure("number of images", "as many images, and no script running", PAGE_TARGET, count_slider),
    ),
    "reload": tuple(Measure(f"reload {title}", COMPLETE, PAGE_TARGET, reload(title)) for title in PAGES),
    "pen": (Measure("pen lifted", "the reconstruction of the finished drawing", (300.0, 300.0), lift_pen),),
}
