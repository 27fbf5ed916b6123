"""The Compress page: a slider without script runs, a file that is saved, opened again and refused when damaged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from visitor import Visitor, frames_sent

from aecore.data import Mnist5k
from aecore.evaluation.compression.aez import read_header


@pytest.fixture
def compress(visitor: Visitor) -> Visitor:
    visitor.open("/compress", "starter-1-quick")
    expect(visitor.main.locator(".bits-slider canvas").first).to_be_visible()
    expect(visitor.main.locator(".js-plotly-plot")).to_be_visible()
    visitor.drawn()
    return visitor


def test_the_slider_shows_each_method_within_its_bits_without_the_server(visitor: Visitor) -> None:
    sent = frames_sent(visitor.page)
    visitor.open("/compress", "starter-1-quick")
    slider = visitor.main.get_by_role("slider", name="Bits per image")
    expect(slider).to_be_visible()
    visitor.drawn()
    expect(visitor.main.locator(".bits-slider")).to_have_attribute("aria-busy", "false")
    count, rows = len(sent), visitor.main.locator(".bits-slider section")
    codes, png = rows.filter(has_text="Codes"), rows.filter(has_text="PNG")
    slider.press("Home")
    expect(png.locator("small")).to_have_text(re.compile("^needs [0-9,]+ bits or more$"))
    expect(png.locator("canvas")).to_be_hidden()
    few = codes.locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
    slider.press("End")
    expect(png.locator("small")).to_contain_text("lossless")
    expect(png.locator("canvas")).to_be_visible()
    assert codes.locator("canvas").evaluate("(canvas) => canvas.toDataURL()") != few
    budget = float(visitor.main.locator(".bits-slider .budget").inner_text().split()[0].replace(",", ""))
    for text in rows.locator("small").all_inner_texts()[1:]:
        assert float(text.split()[0].replace(",", "")) <= budget
    assert len(sent) == count


def test_saves_a_file_and_opens_it_while_another_run_is_selected(compress: Visitor, tmp_path: Path) -> None:
    expect(compress.main.get_by_text("for 12 images")).to_be_visible()
    path = compress.download(compress.button("Download as .aez"), tmp_path)
    content = path.read_bytes()
    header = read_header(content)
    assert (path.name, header.run, header.pictures) == ("starter-1-quick.aez", "starter-1-quick", 12)
    expect(compress.main.get_by_text(f"{len(content):,} bytes", exact=True)).to_be_visible()
    compress.choose("Run", "VAE, 20 dimensions", compress.sidebar)
    drop_zone = compress.main.get_by_test_id("stFileUploaderDropzoneInput")
    drop_zone.set_input_files(path)
    expect(compress.main.get_by_text("restored by “Dense, 16 dimensions”")).to_be_visible()
    expect(compress.main.locator(".sheets").last.locator("img")).to_have_count(12)
    assert compress.download(compress.button("Download as PNG"), tmp_path).read_bytes().startswith(b"\x89PNG")
    truncated = tmp_path / "truncated.aez"  # a browser would not report the same file again
    truncated.write_bytes(content[:-9])
    drop_zone.set_input_files(truncated)
    expect(compress.main.get_by_text("This .aez file is incomplete")).to_be_visible()


def test_a_drawing_and_an_upload_become_files(compress: Visitor, tmp_path: Path) -> None:
    page = compress.page
    compress.main.get_by_role("radio", name="Draw").click()
    canvas = compress.main.locator(".draw-pad canvas")
    (box,) = compress.boxes(canvas)
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 220, steps=5)
    page.mouse.up()
    expect(compress.main.get_by_text("for 1 image:")).to_be_visible()
    compress.drawn()
    header = read_header(compress.download(compress.button("Download as .aez"), tmp_path).read_bytes())
    assert header.pictures == 1
    assert header.shape == Mnist5k().input_shape
