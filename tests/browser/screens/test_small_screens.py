"""Small windows: no text is cut, nothing collides, and what belongs together is seen together."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import expect
from visitor import Visitor

#: Texts that are cut off without an ellipsis, and elements that lie beyond the right edge.
CUT = """() => {
  const found = [];
  const look = (root) => root.querySelectorAll("*").forEach((element) => {
    if (element.shadowRoot) look(element.shadowRoot);
    const [style, box] = [getComputedStyle(element), element.getBoundingClientRect()];
    const isInput = element.matches("input:not([type=range])");
    const text = isInput ? element.value || element.placeholder : element.innerText;
    if (box.width < 3 || !text || style.visibility === "hidden" || element.closest(".wide")) return;
    const isCaption = element.matches("figcaption"); // short, and known to the app: it fits everywhere
    const clips = isInput || isCaption || style.overflowX !== "visible";
    const excused = style.textOverflow === "ellipsis" && !isCaption;
    const cut = clips && element.scrollWidth > element.clientWidth + 1 && !excused;
    if (cut || box.right > innerWidth + 1) found.push(text.trim().slice(0, 40));
  });
  look(document.querySelector('[data-testid="stMain"]'));
  if (innerWidth > 768) look(document.querySelector('[data-testid="stSidebar"]'));
  return found;
}"""
SIZES = [(1400, 900), (1280, 720), (1024, 720), (800, 900), (390, 844)]
#: An element that is drawn last.
LAST = {
    "/": '.st-key-cards [data-testid="stPageLink"] >> nth=3',
    "/train": ".loss-chart canvas",
    "/reconstruct": ".grid figure >> nth=0",
    "/denoise": ".noise-scores",
    "/latent": ".map-marks circle >> nth=0",
    "/features": "table.few-labels",
    "/compress": ".sheets img >> nth=0",
    "/compare": ".comparison-wall canvas >> nth=0",
}


@pytest.mark.parametrize(("path", "last"), LAST.items())
def test_no_text_is_cut(visitor: Visitor, path: str, last: str) -> None:
    visitor.open(path, "starter-1-quick")
    expect(visitor.main.locator(last)).to_be_visible()
    for width, height in SIZES:
        visitor.page.set_viewport_size({"width": width, "height": height})
        visitor.page.wait_for_function(f"() => !({CUT})().length")  # once the page has its new layout
    if path == "/":
        links = visitor.main.locator('.st-key-cards [data-testid="stPageLink"] p')
        for width, height in SIZES:
            visitor.page.set_viewport_size({"width": width, "height": height})
            for link in links.all():
                assert link.evaluate("(p) => p.scrollWidth <= p.parentElement.parentElement.clientWidth"), width


def test_the_map_stays_in_view_above_the_view_that_acts_on_it(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 1280, "height": 720})
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    expect(visitor.main.get_by_role("radio", name="Interpolation")).to_be_in_viewport()
    player = visitor.main.locator(".interpolation-player")
    player.scroll_into_view_if_needed()
    chart, shown = visitor.boxes(visitor.main.locator(".js-plotly-plot"), player)
    assert chart["y"] >= 0
    assert chart["y"] + chart["height"] <= shown["y"]
    assert shown["y"] + shown["height"] <= 721  # positions are rounded while scrolling


def test_buttons_are_as_high_as_the_controls_beside_them(visitor: Visitor) -> None:
    visitor.open("/reconstruct", "starter-1-quick")
    control, button = visitor.boxes(visitor.main.get_by_role("radiogroup", name="Order"), visitor.button("Shuffle"))
    assert control["height"] == pytest.approx(button["height"], abs=1)


def test_rows_are_full(visitor: Visitor) -> None:
    visitor.open("/", "starter-1-quick")
    digits = visitor.main.locator(".st-key-code-figure-digit button")
    cards = visitor.main.locator('.st-key-cards [data-testid="stColumn"]')
    expect(digits).to_have_count(10)
    for width, height in SIZES:
        visitor.page.set_viewport_size({"width": width, "height": height})
        assert len({box["y"] for box in visitor.boxes(*digits.all())}) == 1, width
        rows = Counter(box["y"] for box in visitor.boxes(*cards.all()))
        assert len(set(rows.values())) == 1, width


def test_the_selected_point_has_room(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    number, random = visitor.main.get_by_label("Number of the selected test image"), visitor.button("Random")
    slider = visitor.main.get_by_role("slider", name="z1")
    for width, height in SIZES[1:]:
        visitor.page.set_viewport_size({"width": width, "height": height})
        field, button, dragged = visitor.boxes(number, random, slider)
        assert dragged["width"] > 60, width
        assert width == 1024 or field["y"] < button["y"] + button["height"] / 2 < field["y"] + field["height"], width
