"""The map of codes: what lies under the pointer comes without the server; a click and its sliders by way of it."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import expect
from test_doing import frames_sent
from visitor import Visitor

pytestmark = pytest.mark.browser

DRAWN = "(canvas) => canvas.toDataURL()"


def test_pointing_is_answered_without_the_server(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/latent", "starter-1-quick")
    chart, here = visitor.main.locator(".js-plotly-plot"), visitor.main.locator(".probe .here")
    told = visitor.main.locator(".probe .told")
    expect(visitor.main.locator(".probe-marks circle").first).to_be_visible()
    expect(told).to_contain_text("Test image 1, a ")
    visitor.drawn()
    before = len(sent)
    (box,) = visitor.boxes(chart)
    draw = random.Random(0)
    seen = set()
    for _ in range(20):
        x, y = draw.uniform(0.2, 0.8) * box["width"], draw.uniform(0.3, 0.7) * box["height"]
        visitor.page.mouse.move(box["x"] + x, box["y"] + y)
        seen.add(here.evaluate(DRAWN))
    assert len(seen) == 20, "each place decodes to another picture"
    assert len(sent) == before


def test_a_click_pins_a_point_and_sliders_decode(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".probe-marks circle").first).to_be_visible()
    first = visitor.main.get_by_text("Pinned: test image 1", exact=True)
    expect(first).to_be_visible()
    # Onto the point of another picture: its place on the map is asked of the chart.
    place = """() => {
        const chart = document.querySelector(".js-plotly-plot");
        const { xaxis, yaxis } = chart._fullLayout;
        const trace = chart._fullData[0];
        const box = chart.getBoundingClientRect();
        return [box.left + xaxis._offset + xaxis.l2p(trace.x[3]), box.top + yaxis._offset + yaxis.l2p(trace.y[3])];
    }"""
    x, y = visitor.page.evaluate(place)
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.click(x, y)
    expect(first).to_have_count(0)
    decoded = visitor.main.get_by_alt_text("Pinned picture: by sliders")
    before = decoded.get_attribute("src")
    slider = visitor.main.get_by_role("slider", name="z1").or_(visitor.main.get_by_role("slider").nth(0))
    slider.first.focus()
    for _ in range(20):
        visitor.page.keyboard.press("ArrowRight")
    expect(decoded).not_to_have_attribute("src", before or "")
    visitor.button("Reset").click()
    expect(decoded).to_have_attribute("src", before or "")


@pytest.mark.parametrize("room", ["Between two", "Manifold grid", "Traversals", "Arithmetic", "Generate"])
def test_every_room_shows_pictures(visitor: Visitor, room: str) -> None:
    visitor.open("/latent", "starter-2-vae")
    visitor.main.get_by_role("radio", name=room).or_(visitor.main.get_by_role("button", name=room, exact=True)).click()
    shown = visitor.main.locator('img[alt*="pictures"], [role="group"][aria-label*="pictures"]')
    expect(shown.first).to_be_visible()


def test_the_map_plays_through_the_training(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    visitor.main.get_by_role("radio", name="As it was learned").or_(visitor.button("As it was learned")).click()
    moment, canvas = visitor.main.locator(".learned .moment"), visitor.main.locator(".learned canvas")
    expect(moment).to_contain_text("epoch 100.0")
    last, drawn = moment.inner_text(), canvas.evaluate(DRAWN)
    visitor.main.locator(".learned input").focus()
    visitor.page.keyboard.press("Home")
    expect(moment).to_contain_text("step 1 ")
    assert canvas.evaluate(DRAWN) != drawn
    visitor.main.locator(".learned button").click()
    expect(moment).to_have_text(last)
    assert canvas.evaluate(DRAWN) == drawn


def test_a_drawing_has_a_place_on_the_map(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-2-vae")
    visitor.main.get_by_role("radio", name="Your picture").or_(visitor.button("Your picture")).click()
    expect(visitor.main.get_by_text("Draw a digit, or bring a picture")).to_be_visible()
    canvas = visitor.main.locator(".draw canvas")
    canvas.scroll_into_view_if_needed()
    (box,) = visitor.boxes(canvas)
    visitor.page.mouse.move(box["x"] + 90, box["y"] + 60)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 150, box["y"] + 220, steps=5)
    visitor.page.mouse.up()
    expect(visitor.main.locator(".probe-marks text", has_text="yours")).to_be_visible()
    expect(visitor.main.get_by_label("nearest test pictures")).to_be_visible()
