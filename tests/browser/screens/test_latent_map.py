"""The map of codes: hovering needs no server; clicks, sliders and views do."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
from playwright.sync_api import expect
from visitor import Visitor, frames_sent

DRAWN = "(canvas) => canvas.toDataURL()"


def test_hovering_needs_no_server(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/latent", "starter-1-quick")
    chart, decoded = visitor.main.locator(".js-plotly-plot"), visitor.main.locator(".hover-preview .decoded")
    status = visitor.main.locator(".hover-preview .status")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    expect(status).to_have_text(re.compile(r"Test image 1, class \d\. It is selected\."))
    visitor.drawn()
    visitor.page.wait_for_function("document.querySelector('.st-key-sheet-plane img')?.naturalWidth")
    before = len(sent)
    (box,) = visitor.boxes(chart)
    generator = random.Random(0)
    seen = set()
    for _ in range(20):
        x, y = generator.uniform(0.2, 0.8) * box["width"], generator.uniform(0.3, 0.7) * box["height"]
        visitor.page.mouse.move(box["x"] + x, box["y"] + y)
        seen.add(decoded.evaluate(DRAWN))
    assert len(seen) == 20, "each position decodes to another image"
    assert len(sent) == before


def test_click_selects_a_point_and_sliders_decode(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    number = visitor.main.get_by_label("Number of the selected test image")
    expect(number).to_have_value("1")
    x, y = visitor.point_of_map(3)
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.click(x, y)
    expect(number).not_to_have_value("1")
    visitor.drawn()
    decoded = visitor.main.get_by_alt_text("Selected image: from sliders")
    before = decoded.get_attribute("src")
    slider = visitor.main.get_by_role("slider", name="z1")
    slider.focus()
    visitor.page.keyboard.press("PageUp")
    expect(decoded).not_to_have_attribute("src", before or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_be_visible()
    visitor.button("Reset").click()
    expect(decoded).to_have_attribute("src", before or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_have_count(0)


def test_every_dimension_has_a_slider_that_decodes_while_dragged(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    sliders = visitor.main.locator(".latent-sliders input")
    expect(sliders).to_have_count(16)
    expect(visitor.main.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    visitor.drawn()
    decoded = visitor.main.get_by_alt_text("Selected image: from sliders")
    seen = {decoded.get_attribute("src")}
    sliders.first.hover()  # once it stays in its place
    (box,) = visitor.boxes(sliders.first)
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    for share in (0.6, 0.75, 0.9):
        visitor.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        for known in seen:
            expect(decoded).not_to_have_attribute("src", known or "")
        seen.add(decoded.get_attribute("src"))
    visitor.page.mouse.up()


def test_moved_sliders_keep_their_values_in_other_views(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    decoded = visitor.main.get_by_alt_text("Selected image: from sliders")
    before = decoded.get_attribute("src")
    slider = visitor.main.locator(".latent-sliders input").first
    slider.focus()
    visitor.page.keyboard.press("PageUp")
    expect(decoded).not_to_have_attribute("src", before or "")
    moved, value = decoded.get_attribute("src"), slider.input_value()
    for view in ("Training replay", "Interpolation"):
        visitor.main.get_by_role("radio", name=view).or_(visitor.button(view)).click()
        expect(visitor.main.locator(".training-replay")).to_have_count(1 if view == "Training replay" else 0)
        expect(visitor.main.get_by_text("1 of 16 moved")).to_be_visible()
        assert slider.input_value() == value
        expect(decoded).to_have_attribute("src", moved or "")
    expect(visitor.main.locator(".map-marks text", has_text="moved")).to_be_visible()


def test_lasso_selects_points_for_download(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    visitor.main.locator('.modebar-btn[data-val="lasso"]').click()
    (box,) = visitor.boxes(visitor.main.locator(".js-plotly-plot .nsewdrag").first)
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    positions = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    visitor.page.mouse.move(*positions[0])
    visitor.page.mouse.down()
    for position in positions[1:]:
        visitor.page.mouse.move(*position, steps=4)
    visitor.page.mouse.up()
    expect(visitor.main.get_by_text("500 images selected")).to_be_visible()
    expect(visitor.main.get_by_alt_text("Selection: mean image")).to_be_visible()
    with visitor.page.expect_download() as download:
        visitor.button("Download as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "number,class,map_1,map_2,z1,z2"
    assert len(lines) == 501
    with visitor.page.expect_download() as download:
        visitor.button("Download as NPZ").click()
    with np.load(download.value.path(), allow_pickle=False) as arrays:
        assert arrays["image"].shape == (500, 1, 28, 28)


def test_a_lasso_that_ends_where_it_began_is_no_click(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    expect(visitor.main.locator(".map-marks circle").first).to_be_visible()
    visitor.main.locator('.modebar-btn[data-val="lasso"]').click()
    x, y = visitor.point_of_map(3)
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    for dx, dy in ((60, 0), (60, 60), (0, 60), (0, 0)):
        visitor.page.mouse.move(x + dx, y + dy, steps=4)
    visitor.page.mouse.up()
    expect(visitor.main.get_by_text("images selected")).to_be_visible()
    visitor.drawn()
    expect(visitor.main.get_by_label("Number of the selected test image")).to_have_value("1")
    assert "point=" not in visitor.page.url


#: An element that only this view shows.
SHOWN = {
    "Manifold": 'img[alt="15 x 15 images decoded over the map"]',
    "Traversals": '[role="group"][aria-label*=", std "]',
    "Arithmetic": '[role="group"][aria-label^="selected + t"]',
    "Samples": '[role="group"][aria-label^="nearest training image"]',
    "Interpolation": ".interpolation-player canvas",
}


def test_every_view_shows_its_images(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-2-vae&map=PCA")  # the manifold needs axes in latent space
    for view, selector in SHOWN.items():
        visitor.main.get_by_role("radio", name=view).or_(visitor.button(view)).click()
        expect(visitor.main.locator(selector).first).to_be_visible()
        for other in set(SHOWN.values()) - {selector}:
            expect(visitor.main.locator(other)).to_have_count(0)


def test_interpolation_slider_moves_the_image_and_the_position_on_the_map(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/latent", "starter-3-two")
    slider, dot = (
        visitor.main.get_by_role("slider", name="Position between A and B"),
        visitor.main.locator(".path-position").first,
    )
    image = visitor.main.locator(".interpolation-player canvas").first
    expect(dot).to_be_visible()
    visitor.drawn()
    expect(visitor.main.locator(".interpolation-player")).to_have_attribute("aria-busy", "false")
    slider.focus()
    before, seen = len(sent), set()
    for key, percent in (("Home", "0%"), ("End", "100%"), ("PageDown", "90%")):
        visitor.page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", f"{percent} from A to B")
        seen.add((image.evaluate(DRAWN), dot.get_attribute("cx")))
    assert len(seen) == 3
    visitor.button("Play").click()
    expect(slider).not_to_have_attribute("aria-valuetext", "90% from A to B")
    visitor.button("Pause").click()
    assert len(sent) == before


def test_address_keeps_the_view_and_the_selected_point(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-1-quick")
    number = visitor.main.get_by_label("Number of the selected test image")
    for choice in ("3 axes", "Traversals"):
        visitor.main.get_by_role("radio", name=choice).or_(visitor.button(choice)).click()
        visitor.drawn()
    number.fill("17")
    number.press("Enter")
    visitor.page.wait_for_url("**point=17**")
    eye = "() => JSON.stringify(document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye)"
    expect(visitor.main.locator(".map-marks text", has_text="selected")).to_be_visible()
    (box,) = visitor.boxes(visitor.main.locator(".js-plotly-plot"))
    start = visitor.page.evaluate(eye)
    visitor.page.mouse.move(box["x"] + 250, box["y"] + 250)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 350, box["y"] + 260, steps=4)
    visitor.page.mouse.up()
    visitor.page.wait_for_function(f"(start) => ({eye})() !== start", arg=start)
    rotated = visitor.page.evaluate(eye)
    visitor.main.get_by_role("button", name="Random", exact=True).click()
    expect(number).not_to_have_value("17")
    assert visitor.page.evaluate(eye) == rotated, "another selected point keeps the camera"
    selected = number.input_value()
    visitor.page.reload()
    visitor.drawn()
    expect(number).to_have_value(selected)
    for choice in ("3 axes", "Traversals"):
        expect(visitor.main.get_by_role("radio", name=choice).or_(visitor.button(choice))).to_have_attribute(
            "aria-checked", "true"
        )


def test_training_replay_plays_to_the_last_snapshot(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-3-two")
    visitor.main.get_by_role("radio", name="Training replay").or_(visitor.button("Training replay")).click()
    status, canvas = visitor.main.locator(".training-replay .status"), visitor.main.locator(".training-replay > canvas")
    expect(status).to_contain_text("epoch 100.0")
    last, drawn = status.inner_text(), canvas.evaluate(DRAWN)
    visitor.main.locator(".training-replay input").focus()
    visitor.page.keyboard.press("Home")
    expect(status).to_contain_text("step 1 ")
    assert canvas.evaluate(DRAWN) != drawn
    visitor.main.locator(".training-replay button").click()
    expect(status).to_have_text(last)
    assert canvas.evaluate(DRAWN) == drawn


def test_drawing_appears_on_the_map(visitor: Visitor) -> None:
    visitor.open("/latent", "starter-2-vae")
    visitor.main.get_by_role("radio", name="Your image").or_(visitor.button("Your image")).click()
    expect(visitor.main.get_by_text("Draw something or upload a picture")).to_be_visible()
    canvas = visitor.main.locator(".draw-pad canvas")
    canvas.scroll_into_view_if_needed()
    (box,) = visitor.boxes(canvas)
    visitor.page.mouse.move(box["x"] + 90, box["y"] + 60)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 150, box["y"] + 220, steps=5)
    visitor.page.mouse.up()
    expect(visitor.main.locator(".map-marks text", has_text="your image")).to_be_visible()
    expect(visitor.main.get_by_label("nearest test images")).to_be_visible()
    visitor.main.get_by_role("radio", name="Interpolation").or_(visitor.button("Interpolation")).click()
    visitor.button("Your image as A").click()
    expect(visitor.main.get_by_text("From your image (A) to test image 3 (B).")).to_be_visible()
