"""The components that draw with uPlot, without the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from visitor import FIND_COLOR

from pages.parts.components import CHART_STYLES, FOLDER, bundle, data_url
from pages.parts.shell.paths import ASSETS, UPLOT, UPLOT_SCRIPT

LIBRARY = (ASSETS / UPLOT / UPLOT_SCRIPT).read_bytes()
STYLES = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "shared" / "controls.css", *CHART_STYLES))
ADDRESS = "http://charts.example/uplot.js"
COLORS = ["#ff0000", "#00ff00", "#0000ff"]

#: Puts a component on the page as Streamlit does; `show(data)` calls it, `leave()` removes it.
MOUNT = """async ([source, html, style, colors]) => {
    document.body.innerHTML = `<style>${style}</style><main>${html}</main>`;
    document.body.style.setProperty("--st-chart-categorical-colors", colors.join());
    const { default: call } = await import(source);
    const parentElement = document.querySelector("main");
    window.show = (data) => {
        const unmount = call({ data, parentElement });
        window.leave = () => { parentElement.replaceChildren(); unmount(); };
    };
}"""

Show = Callable[[dict[str, Any]], None]


def mount(page: Page, name: str) -> Show:
    """Put a component on the page; the result calls it with data."""
    folder = FOLDER / name
    source = data_url(bundle(folder / "index.js").encode(), "text/javascript;charset=utf-8")
    page.evaluate(MOUNT, [source, (folder / "index.html").read_text(encoding="utf-8"), STYLES, COLORS])
    return lambda data: page.evaluate("(data) => show(data)", data)


def psnr(levels: dict[str, float], library: str, alt: str = "PSNR") -> dict[str, Any]:
    """Data of the Denoise page's chart: a level line for each method."""
    curves = [
        {"name": name, "values": [value, value], "notes": ["", ""], "width": 3, "dash": []}
        for name, value in levels.items()
    ]
    shared = {"levels": [0.2, 0.8], "label": "Gaussian, strength", "trained": None, "height": 300, "alt": alt}
    return {"library": library, "curves": curves, **shared}


def loss(library: str, alt: str) -> dict[str, Any]:
    """Data of the Train page's chart: a falling training loss."""
    records = [[1, 0.5, 3.0, None, None], [2, 1.0, 2.0, None, None], [3, 1.5, 1.5, None, None]]
    curve = {"records": records, "baseline": None, "alt": alt}
    return {"library": library, "run": "a-run", "unit": "nats", "log": False, "height": 300, "curve": curve}


#: The data of each component that draws with uPlot, with an address of the library and an alternative text.
CHARTS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "loss_chart": loss,
    "psnr_chart": lambda library, alt: psnr({"Median": 10, "This denoiser": 20}, library, alt),
}


@pytest.fixture
def requests(page: Page) -> list[str]:
    """The requests of the library; the server does not answer the first two."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) < 3:
            route.abort()
        else:
            route.fulfill(body=LIBRARY, content_type="text/javascript")

    page.route(ADDRESS, answer)
    page.clock.install()
    return asked


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_without_its_library_has_a_text_and_tries_again(page: Page, name: str, requests: list[str]) -> None:
    show = mount(page, name)
    with page.expect_event("requestfailed"):
        show(CHARTS[name](ADDRESS, "First"))
    expect(page.get_by_role("img", name="First", exact=True)).to_be_visible()
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(60_000)
    expect(page.locator("canvas")).to_have_count(0)
    page.clock.fast_forward(60_000)
    expect(page.locator("canvas")).to_be_visible()
    assert len(requests) == 3


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_that_is_gone_does_not_try_again(page: Page, name: str, requests: list[str]) -> None:
    show = mount(page, name)
    with page.expect_event("requestfailed"):
        show(CHARTS[name](ADDRESS, ""))
    page.evaluate("leave()")
    own = "(address) => fetch(address).catch(() => null)"  # the chart's requests before this one have been answered
    for _ in range(2):
        page.evaluate(own, ADDRESS)
        page.clock.run_for(60_000)
    page.evaluate(own, ADDRESS)
    assert len(requests) == 1 + 3


@pytest.mark.parametrize("name", CHARTS)
def test_the_alternative_text_follows_the_data(page: Page, name: str) -> None:
    show, library = mount(page, name), data_url(LIBRARY, "text/javascript")
    for alt in ("First", "Second"):
        show(CHARTS[name](library, alt))
        expect(page.locator("canvas")).to_be_visible()
        expect(page.get_by_role("img")).to_have_count(1)
        expect(page.get_by_role("img", name=alt, exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "later",
    [{"Median": 12, "This denoiser": 20, "Plain model": 15}, {"Median": 12, "This denoiser": 20}],
    ids=["another method", "other values"],
)
def test_the_legend_acts_on_the_chart_of_the_newest_data(
    page: Page, later: dict[str, float], wait_until: Callable[..., None]
) -> None:
    show, library = mount(page, "psnr_chart"), data_url(LIBRARY, "text/javascript")
    for levels in ({"Median": 10, "This denoiser": 20}, later):
        show(psnr(levels, library))
        expect(page.locator("canvas")).to_have_count(1)

    def is_drawn(name: str) -> bool:
        color = COLORS[list(later).index(name)]
        return bool(page.locator("canvas").evaluate(FIND_COLOR, color)["count"] > 20)

    buttons = page.locator(".legend").get_by_role("button")
    expect(buttons).to_have_text(list(later))
    for name in later:
        wait_until(lambda name=name: is_drawn(name), 10)
        for pressed in ("false", "true"):
            buttons.filter(has_text=name).click()
            expect(buttons.filter(has_text=name)).to_have_attribute("aria-pressed", pressed)
            wait_until(lambda name=name, shown=pressed == "true": is_drawn(name) is shown, 10)
