"""Visitors replay, rename and delete runs, download images, and enter invalid settings."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from visitor import frames_sent


def test_the_replay_needs_no_server(visitor):
    sent = frames_sent(visitor.page)
    visitor.open("/train", "starter-1-quick")
    slider, images = visitor.main.locator(".replay-player .slider"), visitor.main.locator("canvas.reconstruction")
    status = visitor.main.locator(".replay-player .status")
    expect(slider).to_be_visible()
    expect(status).to_contain_text("validation")
    expect(visitor.main.locator(".replay-player")).to_have_attribute("aria-busy", "false")
    assert sent
    draw = "(canvas) => canvas.toDataURL()"
    slider.focus()
    last, last_status, count = images.evaluate(draw), status.inner_text(), len(sent)
    visitor.page.keyboard.press("Home")
    expect(status).to_contain_text("step 1 ")
    first = images.evaluate(draw)
    visitor.page.keyboard.press("ArrowRight")
    expect(status).to_contain_text("step 32")
    second = images.evaluate(draw)
    visitor.page.keyboard.press("End")
    expect(status).to_have_text(last_status)
    assert len({first, second, last}) == 3
    assert images.evaluate(draw) == last
    assert len(sent) == count


def test_the_replay_plays(visitor):
    visitor.open("/train", "starter-1-quick")
    visitor.main.locator(".replay-player .play").click()
    expect(visitor.main.locator(".replay-player .status")).to_contain_text("step 32")
    expect(visitor.main.locator(".replay-player .play")).to_contain_text("Pause")
    expect(visitor.main.locator(".replay-player .play")).to_contain_text("Play")


def test_rename_then_delete_with_confirmation(visitor, trained):
    run = visitor.server.adopt(trained, "Old name")
    visitor.open("/train", run.id)
    expect(visitor.picker).to_have_value(re.compile("^Old name · "))
    visitor.sidebar.get_by_role("button", name="Manage").click()
    name = visitor.page.get_by_label("Name", exact=True)
    name.fill("New *name* <b>")
    name.press("Enter")
    expect(visitor.picker).to_have_value(re.compile(r"^New \*name\* <b> · "))
    assert run.state().name == "New *name* <b>"
    delete = visitor.page.get_by_role("button", name="Delete", exact=True)
    if not delete.is_visible():
        visitor.sidebar.get_by_role("button", name="Manage").click()
    expect(delete).to_be_disabled()
    assert run.folder.is_dir()
    visitor.page.get_by_text("Yes, delete this run").click()
    expect(delete).to_be_enabled()
    delete.click()
    expect(visitor.picker).not_to_have_value(re.compile(r"^New \*name\* <b> · "))
    assert not run.folder.exists()
    assert visitor.run_in_address() != run.id


def test_downloads_the_grid_as_png(visitor, tmp_path):
    visitor.open("/reconstruct", "starter-1-quick")
    expect(visitor.main.locator(".grid figure")).to_have_count(24)
    path = visitor.download(visitor.button("Download as PNG"), tmp_path)
    assert path.name == "starter-1-quick-reconstructions.png"
    with Image.open(path) as picture:
        picture.verify()
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
        assert len(picture.getcolors(1 << 24) or []) > 50


def test_grid_by_class_and_order(visitor, wait_until):
    visitor.open("/reconstruct", "starter-1-quick")
    names = visitor.main.locator(".grid figcaption")
    expect(names).to_have_count(24)
    visitor.main.get_by_role("button", name="3", exact=True).click()
    expect(names.filter(has_text=re.compile("^3"))).to_have_count(24)
    visitor.main.get_by_role("radio", name="Worst first").click()

    def is_sorted() -> bool:
        errors = [float(text) for text in names.locator("small").all_inner_texts()]
        return len(errors) == 24 and errors == sorted(errors, reverse=True)

    wait_until(is_sorted)


@pytest.mark.parametrize(
    ("network", "label", "value", "message"),
    [
        (None, "Layer widths", "128, abc", "'abc'; it must be a whole number"),
        (None, "Batch size", "0", "Batch size is 0; it must be 1 or more."),
        ("Convolutional", "Channels", "8, 8, 8, 8, 8, 8, 8, 8", "Channels has 8 entries; it must have at most 5."),
    ],
)
def test_an_invalid_setting_disables_train_with_a_message(visitor, network, label, value, message):
    visitor.open("/train", "starter-1-quick")
    expect(visitor.button("Train")).to_be_enabled()
    if network:
        visitor.choose("Network", network)
    if label == "Batch size":
        visitor.main.get_by_text("More settings", exact=True).click()
    visitor.enter(label, value)
    expect(visitor.main.get_by_text(message)).to_be_visible()
    expect(visitor.button("Train")).to_be_disabled()


def test_train_uses_the_value_typed_last(visitor):
    """The visitor types a number and presses Train: the blur of the field and the click arrive together."""
    visitor.open("/train", "starter-1-quick")
    steps = visitor.main.get_by_label("Steps", exact=True)
    for count in (1001, 1002):
        for active in visitor.server.active():
            active.request_stop()
        steps.fill(str(count))
        run = visitor.server.store.get(visitor.train())
        assert run.config().training.length.steps == count
    steps.fill("1007")  # without leaving the field
    run.request_stop()
    expect(visitor.button("Continue")).to_be_visible()
    expect(steps).to_have_value("1007")


def test_an_empty_number_of_images_means_all(visitor):
    visitor.open("/train", "starter-1-quick")
    visitor.enter("Training images", "1")
    expect(visitor.button("Train")).to_be_disabled()
    visitor.enter("Training images", "")
    expect(visitor.button("Train")).to_be_enabled()


def test_a_failed_download_changes_nothing(visitor):
    visitor.open("/train", "starter-1-quick")
    visitor.main.get_by_role("button", name=re.compile("^Download MNIST")).click()
    expect(visitor.main.get_by_text("MNIST could not be downloaded")).to_be_visible()
    expect(visitor.main.get_by_text("Nothing was changed. Check the network and try again")).to_be_visible()
    expect(visitor.main.get_by_role("button", name=re.compile("^Download MNIST"))).to_be_enabled()
    assert [path for path in (visitor.server.home / "data").iterdir() if not path.name.endswith(".lock")] == []
    expect(visitor.main.get_by_role("combobox", name="Data")).to_have_value("MNIST, 5,000")
    expect(visitor.button("Train")).to_be_enabled()
