"""A visitor trains on good pictures only, and new pictures are judged."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from tile_pictures import tile_picture
from visitor import Visitor

from aecore.data.collections import delete_collection, find_collection
from aecore.data.own import OwnImages
from pages.parts.anomalies.own_pictures import own_config

SIZE = (96, 64)


def file(name: str, picture: object) -> dict[str, object]:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")  # type: ignore[arg-type]
    return {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}


def ask_about_own_pictures(visitor: Visitor) -> None:
    visitor.open("/anomalies")
    visitor.main.get_by_role("radio", name="Own pictures, good ones only").click()
    visitor.drawn()


def test_good_pictures_are_trained_on_and_a_bad_one_is_found(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visitor.page
    ask_about_own_pictures(visitor)
    visitor.button("Add good pictures").click()
    page.wait_for_url("**/train*")
    visitor.drawn()
    visitor.button("Add pictures").click()
    drop_zone = page.get_by_test_id("stFileUploaderDropzoneInput")
    good = [file(f"good {i}.png", tile_picture(i, SIZE)) for i in range(24)]
    drop_zone.set_input_files(good)  # type: ignore[arg-type]
    page.get_by_role("radio", name="Cut into patches").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved 24 pictures")).to_be_visible()
    page.get_by_role("link", name="Back to Anomalies").click()
    page.wait_for_url("**/anomalies*")
    expect(visitor.button("Train on these pictures")).to_be_enabled()
    monkeypatch.setenv("AECORE_HOME", str(visitor.server.home))
    config = own_config(OwnImages().collection, color=False).changed({"training.length.steps": 100})
    run = visitor.server.create(config, "Tiles")  # with fewer steps than by the button
    visitor.open("/anomalies", run.id)
    expect(visitor.main.get_by_text("False-alarm rate", exact=True)).to_be_visible(timeout=180_000)
    visitor.drawn()
    expect(visitor.main.get_by_text("10 good pictures")).to_be_visible()
    bad = tile_picture(100, SIZE)
    bad[20:50, 40:70] = 255
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}
    drop_zone.set_input_files([file("bad.png", bad), broken])  # type: ignore[arg-type, list-item]
    verdict = visitor.main.locator(".judged section", has_text="bad.png")
    expect(verdict.locator(".verdict-anomalous")).to_have_text("anomalous")
    heat_map = verdict.get_by_alt_text("bad.png: error")
    expect(heat_map).to_be_visible()
    assert heat_map.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == list(SIZE)
    expect(visitor.main.get_by_text("broken.png: This is text")).to_be_visible()
    expect(visitor.main.locator(".js-plotly-plot")).to_be_visible()
    collection = find_collection(config.dataset.collection)
    assert collection is not None
    delete_collection(collection)
    drop_zone.set_input_files([file("late.png", bad)])  # type: ignore[list-item]
    expect(visitor.main.get_by_text("is no longer here")).to_be_visible()
    expect(visitor.main.locator(".judged")).to_have_count(0)
