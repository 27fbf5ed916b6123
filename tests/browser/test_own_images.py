"""Visitors draw and upload images, also a page with several digits; and the noise strength slider."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener
from playwright.sync_api import Locator, expect
from visitor import Visitor, frames_sent

from aecore.data import Mnist5k

Point = tuple[float, float]
File = dict[str, object]


def select_source(visitor: Visitor, name: str) -> None:
    """Select the source of the images."""
    visitor.main.get_by_role("radio", name=name).or_(visitor.main.get_by_role("button", name=name, exact=True)).click()
    visitor.drawn()


def draw(visitor: Visitor, *points: Point) -> None:
    """Draw a stroke with the mouse through points of the canvas, in [0, 1]."""
    canvas = visitor.main.locator(".draw-pad canvas")
    canvas.scroll_into_view_if_needed()
    (box,) = visitor.boxes(canvas)
    mouse = visitor.page.mouse
    positions = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*positions[0])
    mouse.down()
    for position in positions[1:]:
        mouse.move(*position, steps=5)
    mouse.up()


def canvas_url(visitor: Visitor) -> str:
    """The canvas as a data URL."""
    return str(visitor.main.locator(".draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()"))


def reconstruction(visitor: Visitor) -> Locator:
    """The reconstruction of the first image."""
    return visitor.main.locator('.inspection img[alt$=": reconstruction"]').first


def file(name: str, image: Image.Image, kind: str) -> File:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": buffer.getvalue()}


def upload(visitor: Visitor, *files: File) -> None:
    visitor.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(list(files))  # type: ignore[arg-type]
    visitor.drawn()


def test_the_reconstruction_follows_the_pen(visitor: Visitor) -> None:
    visitor.open("/reconstruct", "starter-1-quick")
    select_source(visitor, "Draw")
    expect(visitor.main.get_by_text("Draw a digit on the black canvas")).to_be_visible()
    draw(visitor, (0.3, 0.25), (0.7, 0.25), (0.45, 0.8))
    expect(reconstruction(visitor)).to_be_visible()
    seven, first = canvas_url(visitor), reconstruction(visitor).get_attribute("src")
    draw(visitor, (0.35, 0.55), (0.65, 0.5))
    expect(reconstruction(visitor)).not_to_have_attribute("src", first or "")
    assert canvas_url(visitor) != seven
    visitor.drawn()
    both = reconstruction(visitor).get_attribute("src")
    visitor.main.get_by_role("button", name="Undo").click()
    assert canvas_url(visitor) == seven
    expect(reconstruction(visitor)).not_to_have_attribute("src", both or "")
    # The drawing remains on the next page, and on the way back.
    # On Denoise, a canvas with a mean is that of the ten test images, which go away a moment later.
    restored = 'canvas.restored:not([aria-label*="Mean of"])'
    for page, shown in (("Denoise", restored), ("Reconstruct", ".inspection section")):
        visitor.sidebar.get_by_role("link", name=page).click()
        visitor.drawn()
        select_source(visitor, "Draw")
        expect(visitor.main.locator(shown)).to_be_visible()
        assert canvas_url(visitor) == seven
    visitor.main.get_by_role("button", name="Clear").click()
    expect(reconstruction(visitor)).to_have_count(0)


def test_reads_seven_formats_and_explains_two_bad_files(visitor: Visitor) -> None:
    register_heif_opener()
    digits = [
        Image.fromarray(np.kron(d, np.ones((5, 5), np.uint8))) for d in Mnist5k().load().test.images[:7, 0].numpy()
    ]
    kinds = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp", "GIF": "gif", "HEIF": "heic", "AVIF": "avif"}
    good = [
        file(f"mine.{ending}", picture, kind) for picture, (kind, ending) in zip(digits, kinds.items(), strict=True)
    ]
    bad = [{"name": name, "mimeType": "image/png", "buffer": b"no picture"} for name in ("text.png", "more.jpg")]
    visitor.open("/reconstruct", "starter-1-quick")
    select_source(visitor, "Upload")
    upload(visitor, bad[0], *good, bad[1])
    expect(visitor.main.locator(".inspection section")).to_have_count(7)
    for name in ("text.png", "more.jpg"):
        expect(visitor.main.get_by_text(f"{name}: This is text")).to_be_visible()
    visitor.button("Remove all").click()
    expect(visitor.main.locator(".inspection section")).to_have_count(0)


def test_splits_a_page_into_digits(visitor: Visitor) -> None:
    page = np.full((300, 700), 215.0)
    for i, digit in enumerate(Mnist5k().load().test.images[:4, 0].numpy()):
        page[90:202, 60 + 160 * i : 172 + 160 * i] -= 0.7 * np.kron(digit, np.ones((4, 4)))
    page += np.random.default_rng(0).normal(0, 4, page.shape) - np.linspace(0, 40, 700)
    visitor.open("/reconstruct", "starter-1-quick")
    select_source(visitor, "Upload")
    upload(visitor, file("page.jpg", Image.fromarray(page.clip(0, 255).astype(np.uint8)), "JPEG"))
    expect(visitor.main.get_by_text("4 digits found")).to_be_visible()
    expect(visitor.main.locator(".page-with-boxes i")).to_have_count(4)
    expect(visitor.main.locator(".inspection section")).to_have_count(4)
    visitor.main.get_by_text("Split into digits").click()
    expect(visitor.main.locator(".inspection section")).to_have_count(1)


def test_the_strength_slider_needs_no_server(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/denoise", "starter-1-quick")
    slider, noisy = visitor.main.locator(".strength-slider .slider"), visitor.main.locator("canvas.noisy")
    mean = visitor.main.locator(".strength-slider .summary")
    expect(mean).to_contain_text("PSNR")
    expect(visitor.main.get_by_role("table")).to_be_visible()
    visitor.drawn()
    expect(visitor.main.locator(".strength-slider")).to_have_attribute("aria-busy", "false")
    count = len(sent)
    (box,) = visitor.boxes(slider)
    row, mouse = box["y"] + box["height"] / 2, visitor.page.mouse
    mouse.move(box["x"] + 10, row)
    mouse.down()
    states = set()
    for i in range(1, 11):
        mouse.move(box["x"] + box["width"] * i / 11, row)
        expect(mean).to_have_text(re.compile(r"^Strength 0\."))
        states.add((mean.inner_text(), noisy.evaluate("(canvas) => canvas.toDataURL()")))
    assert len(states) == 10, "each move shows other images"
    assert len(sent) == count
    mouse.up()
    strength = float(mean.inner_text().split()[1].removesuffix("."))
    expect(visitor.button(f"Train a denoiser: Gaussian, strength {strength:g}")).to_be_visible()
    assert len(sent) > count
