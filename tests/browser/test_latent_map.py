"""The map of codes: what lies under the pointer comes without the server; a click and its sliders by way of it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from test_doing import frames_sent
from visitor import Visitor

pytestmark = pytest.mark.browser

DRAWN = "(canvas) => canvas.toDataURL()"


def test_pointing_is_answered_without_the_server(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/latent", "starter-1-quick")
    chart, here = visitor.main.locator(".js-plotly-plot"), visitor.main.locator(".hover-preview .decoded")
    told = visitor.main.locator(".hover-preview .status")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
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
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    number = visitor.main.get_by_label("Number of the pinned test image")
    expect(number).to_have_value("1")
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
    expect(number).not_to_have_value("1")
    visitor.drawn()
    decoded = visitor.main.get_by_alt_text("Pinned picture: by sliders")
    before = decoded.get_attribute("src")
    slider = visitor.main.get_by_role("slider", name="z1")
    slider.focus()
    visitor.page.keyboard.press("PageUp")
    expect(decoded).not_to_have_attribute("src", before or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_be_visible()
    visitor.button("Reset").click()
    expect(decoded).to_have_attribute("src", before or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_have_count(0)


def test_every_number_has_a_slider_that_decodes_while_it_is_dragged(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    sliders = visitor.main.locator(".latent-sliders input")
    expect(sliders).to_have_count(16)
    decoded = visitor.main.get_by_alt_text("Pinned picture: by sliders")
    seen = {decoded.get_attribute("src")}
    sliders.first.scroll_into_view_if_needed()
    (box,) = visitor.boxes(sliders.first)
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    for share in (0.6, 0.75, 0.9):
        visitor.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        for known in seen:
            expect(decoded).not_to_have_attribute("src", known or "")
        seen.add(decoded.get_attribute("src"))
    visitor.page.mouse.up()


def test_moved_sliders_stay_moved_through_the_views(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    decoded = visitor.main.get_by_alt_text("Pinned picture: by sliders")
    before = decoded.get_attribute("src")
    slider = visitor.main.locator(".latent-sliders input").first
    slider.focus()
    visitor.page.keyboard.press("PageUp")
    expect(decoded).not_to_have_attribute("src", before or "")
    moved, place = decoded.get_attribute("src"), slider.input_value()
    for view in ("As it was learned", "Between two"):
        visitor.main.get_by_role("radio", name=view).or_(visitor.button(view)).click()
        expect(visitor.main.locator(".training-replay")).to_have_count(1 if view == "As it was learned" else 0)
        expect(visitor.main.get_by_text("1 of 16 moved")).to_be_visible()
        assert slider.input_value() == place
        expect(decoded).to_have_attribute("src", moved or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_be_visible()


def test_a_lasso_chooses_points_to_take_home(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    visitor.main.locator('.modebar-btn[data-val="lasso"]').click()
    (box,) = visitor.boxes(visitor.main.locator(".js-plotly-plot .nsewdrag").first)
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    visitor.page.mouse.move(*places[0])
    visitor.page.mouse.down()
    for place in places[1:]:
        visitor.page.mouse.move(*place, steps=4)
    visitor.page.mouse.up()
    expect(visitor.main.get_by_text("500 images chosen")).to_be_visible()
    expect(visitor.main.get_by_alt_text("Chosen points: mean picture")).to_be_visible()
    with visitor.page.expect_download() as download:
        visitor.button("Download as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "number,class,map_1,map_2,z1,z2"
    assert len(lines) == 501
    with visitor.page.expect_download() as download:
        visitor.button("Download as NPZ").click()
    with np.load(download.value.path(), allow_pickle=False) as kept:
        assert kept["image"].shape == (500, 1, 28, 28)


#: What each view alone shows, and what a visitor of it finds there.
SHOWN = {
    "Manifold grid": 'img[alt="15 x 15 pictures decoded over the map"]',
    "Traversals": '[role="group"][aria-label*="deviation"]',
    "Arithmetic": '[role="group"][aria-label^="pinned + share"]',
    "Generate": '[role="group"][aria-label^="nearest training picture"]',
    "Between two": ".interpolation-player canvas",
}


def test_every_view_shows_its_pictures(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-2-vae")
    for view, own in SHOWN.items():
        visitor.main.get_by_role("radio", name=view).or_(visitor.button(view)).click()
        expect(visitor.main.locator(own).first).to_be_visible()
        for other in set(SHOWN.values()) - {own}:
            expect(visitor.main.locator(other)).to_have_count(0)


def test_from_a_to_b_under_a_slider_and_along_the_path(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/latent", "starter-3-two")
    way, dot = (
        visitor.main.get_by_role("slider", name="How far from A to B"),
        visitor.main.locator(".path-position").first,
    )
    picture = visitor.main.locator(".interpolation-player canvas").first
    expect(dot).to_be_visible()
    visitor.drawn()
    way.focus()
    before, seen = len(sent), set()
    for key, told in (("Home", "0%"), ("End", "100%"), ("PageDown", "90%")):
        visitor.page.keyboard.press(key)
        expect(way).to_have_attribute("aria-valuetext", f"{told} of the way from A to B")
        seen.add((picture.evaluate(DRAWN), dot.get_attribute("cx")))
    assert len(seen) == 3
    visitor.button("Play").click()
    expect(way).not_to_have_attribute("aria-valuetext", "90% of the way from A to B")
    visitor.button("Pause").click()
    assert len(sent) == before


def test_what_is_looked_at_is_in_the_address_and_stays(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    number = visitor.main.get_by_label("Number of the pinned test image")
    for choice in ("3 axes", "Traversals"):
        visitor.main.get_by_role("radio", name=choice).or_(visitor.button(choice)).click()
        visitor.drawn()
    number.fill("17")
    number.press("Enter")
    visitor.page.wait_for_url("**pin=17**")
    eye = "() => JSON.stringify(document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye)"
    expect(visitor.main.locator(".map-marks text", has_text="pinned")).to_be_visible()
    (box,) = visitor.boxes(visitor.main.locator(".js-plotly-plot"))
    start = visitor.page.evaluate(eye)
    visitor.page.mouse.move(box["x"] + 250, box["y"] + 250)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 350, box["y"] + 260, steps=4)
    visitor.page.mouse.up()
    turned = visitor.page.evaluate(eye)
    assert turned != start
    visitor.main.get_by_role("button", name="Any").click()
    expect(number).not_to_have_value("17")
    assert visitor.page.evaluate(eye) == turned, "another pin does not turn the map back"
    pinned = number.input_value()
    visitor.page.reload()
    visitor.drawn()
    expect(number).to_have_value(pinned)
    for choice in ("3 axes", "Traversals"):
        expect(visitor.main.get_by_role("radio", name=choice).or_(visitor.button(choice))).to_have_attribute(
            "aria-checked", "true"
        )


def test_the_map_plays_through_the_training(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    visitor.main.get_by_role("radio", name="As it was learned").or_(visitor.button("As it was learned")).click()
    moment, canvas = visitor.main.locator(".training-replay .status"), visitor.main.locator(".training-replay canvas")
    expect(moment).to_contain_text("epoch 100.0")
    last, drawn = moment.inner_text(), canvas.evaluate(DRAWN)
    visitor.main.locator(".training-replay input").focus()
    visitor.page.keyboard.press("Home")
    expect(moment).to_contain_text("step 1 ")
    assert canvas.evaluate(DRAWN) != drawn
    visitor.main.locator(".training-replay button").click()
    expect(moment).to_have_text(last)
    assert canvas.evaluate(DRAWN) == drawn


def test_a_drawing_has_a_place_on_the_map(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-2-vae")
    visitor.main.get_by_role("radio", name="Your picture").or_(visitor.button("Your picture")).click()
    expect(visitor.main.get_by_text("Draw something, or bring a picture")).to_be_visible()
    canvas = visitor.main.locator(".draw-pad canvas")
    canvas.scroll_into_view_if_needed()
    (box,) = visitor.boxes(canvas)
    visitor.page.mouse.move(box["x"] + 90, box["y"] + 60)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 150, box["y"] + 220, steps=5)
    visitor.page.mouse.up()
    expect(visitor.main.locator(".map-marks text", has_text="yours")).to_be_visible()
    expect(visitor.main.get_by_label("nearest test pictures")).to_be_visible()
    visitor.main.get_by_role("radio", name="Between two").or_(visitor.button("Between two")).click()
    visitor.button("Your picture as A").click()
    expect(visitor.main.get_by_text("From your picture (A) to test image 3 (B).")).to_be_visible()
