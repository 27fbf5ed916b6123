"""The components that draw with uPlot, without the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visitor import FIND_COLOR

from pages.parts.components import CHART_STYLES, FOLDER, bundle, data_url
from pages.parts.shell.paths import ASSETS, UPLOT, UPLOT_SCRIPT

LIBRARY = (ASSETS / UPLOT / UPLOT_SCRIPT).read_bytes()
STYLES = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "shared" / "controls.css", *CHART_STYLES))
COLORS = ["#ff0000", "#00ff00", "#0000ff"]

#: Puts a component on the page as Streamlit does; `show(data)` calls it.
MOUNT = """async ([source, html, style, colors]) => {
    document.body.innerHTML = `<style>${style}</style><main>${html}</main>`;
    document.body.style.setProperty("--st-chart-categorical-colors", colors.join());
    const { default: call } = await import(source);
    window.show = (data) => { call({ data, parentElement: document.querySelector("main") }); };
}"""

Show = Callable[[dict[str, Any]], None]


def mount(page: Page, name: str) -> Show:
    """Put a component on the page; the result calls it with data."""
    folder = FOLDER / name
    source = data_url(bundle(folder / "index.js").encode(), "text/javascript;charset=utf-8")
    page.evaluate(MOUNT, [source, (folder / "index.html").read_text(encoding="utf-8"), STYLES, COLORS])
    return lambda data: page.evaluate("(data) => show(data)", data)


def psnr(levels: dict[str, float], library: str) -> dict[str, Any]:
    """Data of the Denoise page's chart: a level line for each method."""
    curves = [
        {"name": name, "values": [value, value], "notes": ["", ""], "width": 3, "dash": []}
        for name, value in levels.items()
    ]
    shared = {"levels": [0.2, 0.8], "label": "Gaussian, strength", "trained": None, "height": 300, "alt": "PSNR"}
    return {"library": library, "curves": curves, **shared}


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
