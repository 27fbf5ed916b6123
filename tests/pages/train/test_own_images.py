"""The visitor's own images on the pages: sources, preparation, image collections as data, and noise."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
import streamlit as st
from page_elements import assert_no_error, button, page_text, widget
from PIL import Image

from aecore.data import collections
from aecore.images import MNIST_STEPS
from aecore.runs.execute import run_training
from pages.parts.images import uploads
from pages.parts.images.uploads import UploadedImage
from pages.parts.shell.navigation import PAGES

#: Pages with a choice of the image source, and the key of that choice.
SOURCE_KEYS = {
    "pages/reconstruct.py": "image-source",
    "pages/denoise.py": "noise-image-source",
    "pages/latent.py": "own_image_source",
}


def png(seed: int = 0, color: bool = False) -> bytes:
    """A PNG of random white squares, which is not a digit."""
    squares = np.random.default_rng(seed).integers(0, 2, (8, 8), np.uint8) * 255
    image = np.kron(squares, np.ones((9, 9), np.uint8))
    buffer = io.BytesIO()
    Image.fromarray(np.stack([image] * 3, axis=2) if color else image).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def uploaded(*images: UploadedImage) -> dict[str, object]:
    """Session state after these uploads."""
    return {"uploads": list(images), "image-source": "Upload", "noise-image-source": "Upload"}


@pytest.mark.parametrize("path", ["pages/reconstruct.py", "pages/denoise.py"])
def test_inspects_usable_images_and_explains_the_others(open_page, path):
    good = [UploadedImage(f"{i}.png", png(i, color=bool(i % 2))) for i in range(3)]
    app = open_page(path, None, **uploaded(*good, UploadedImage("bad.png", problem="This is text, not a picture.")))
    assert_no_error(app)
    assert "bad.png" in page_text(app)
    assert "This is text" in page_text(app)
    if "reconstruct" in path:
        assert "0.png" in page_text(app)
        assert "An outlier: unlike anything in the training data." in page_text(app)
        assert "nearest training images in latent space" in page_text(app)
    button(app, "Remove all").click().run()
    assert_no_error(app)
    assert "bad.png" not in page_text(app)


@pytest.mark.parametrize("source", ["Upload", "Photo", "Draw"])
def test_every_source_explains_what_to_do(open_page, source):
    app = open_page("pages/reconstruct.py", None, **{"image-source": source})
    assert_no_error(app)
    assert {"Upload": "At most 24 pictures", "Photo": "Take a photo", "Draw": "Draw a digit"}[source] in page_text(app)


@pytest.mark.parametrize("source", ["Upload", "Photo"])
@pytest.mark.parametrize(("path", "key"), SOURCE_KEYS.items())
def test_each_source_shows_its_own_pictures(open_page, path, key, source):
    pictures = [UploadedImage(f"{name}.png", problem="Damaged.", source=name) for name in ("Upload", "Photo")]
    pictures += [UploadedImage(f"{name}.png", png(), source=name) for name in ("Upload", "Photo")]
    text = page_text(open_page(path, None, uploads=pictures, view="Your image", **{key: source}))
    assert [name for name in ("Upload", "Photo") if f"{name}.png" in text] == [source]


#: Where the page was opened, and whether browsers allow the camera there.
CAMERA = {
    "http://localhost:8501": True,
    "http://127.0.0.1:8501": True,
    "http://[::1]:8501": True,
    "https://lab.example": True,
    "http://192.168.0.7:8501": False,
    "http://lab.example/app": False,
}


@pytest.mark.parametrize("url", CAMERA)
def test_says_that_the_camera_needs_https(open_page, browser, url):
    browser.url = url
    app = open_page("pages/reconstruct.py", None, **{"image-source": "Photo"})
    assert_no_error(app)
    assert ("only over https" in page_text(app)) != CAMERA[url]
    assert bool(app.get("camera_input")) == CAMERA[url]


@pytest.mark.parametrize(
    "sent", [{}, {"picture": ""}, {"picture": "%%%"}, {"picture": 7}, {"picture": "aGVsbG8="}, "x"]
)
def test_ignores_invalid_data_from_the_canvas(open_page, sent):
    for path in ("pages/reconstruct.py", "pages/denoise.py"):
        app = open_page(path, None, **{"image-source": "Draw", "noise-image-source": "Draw", "drawing": sent})
        assert_no_error(app)


def test_upload_limits_are_on_the_page(open_page):
    text = page_text(open_page("pages/reconstruct.py", None, **{"image-source": "Upload"}))
    for limit in ("20 MB", "40 megapixels", f"{uploads.MAX_UPLOADS} pictures"):
        assert limit in text


def test_an_image_collection_can_be_selected_and_deleted(open_page):
    collection = collections.create_collection("My cats", [np.full((9, 9), i, np.uint8) for i in range(40)])
    app = open_page("pages/train.py")
    widget(app, "field.dataset").select("own").run()
    assert_no_error(app)
    assert app.session_state["draft"]["dataset"]["collection"] == collection.id
    assert widget(app, "field.dataset.collection").options == ["My cats"]
    assert not button(app, "Train").disabled
    assert f"{collections.MAX_IMAGES:,} pictures" in page_text(app)
    app.checkbox(key=f"sure-{collection.id}").check().run()
    button(app, "Delete pictures").click().run()
    assert_no_error(app)
    assert collections.list_collections() == []
    assert button(app, "Train").disabled
    assert "no pictures of your own" in page_text(app)


def test_a_small_collection_gets_more_epochs_unless_they_were_changed(open_page):
    collections.create_collection("Colors", [np.full((2, 2, 3), (i, 9, 99), np.uint8) for i in range(200)])
    app = open_page("pages/train.py")
    app.selectbox(key="recipe").set_value("regularized").run()
    for dataset, length, step_size in (("own", "160 epochs, 160 steps", 48), ("mnist-5k", "10 epochs, 160 steps", 3)):
        widget(app, "field.dataset").select(dataset).run()
        assert_no_error(app)
        assert length in page_text(app)
        assert app.session_state["draft"]["training"]["schedule"]["step_size"] == step_size
        assert not any(button.label == "Reset to the recipe" for button in app.button)
    widget(app, "field.training.length.epochs").set_value(12).run()
    widget(app, "field.dataset").select("own").run()
    assert widget(app, "field.training.length.epochs").value == 12
    assert "12 epochs, 12 steps" in page_text(app)
    assert app.session_state["draft"]["training"]["schedule"]["step_size"] == 48, "not changed by the visitor"


@pytest.mark.parametrize(
    ("files", "expected", "absent"),
    [
        ({"a.pdf": b"%PDF-1.7"}, "This is a PDF document", "There are 0 usable images"),
        ({"a.svg": b"<svg/>", "b.heic": b"\0\0\0\x10ftypheic"}, "This is an SVG drawing", "There are 0 usable images"),
        ({"a.zip": b"PK\3\4"}, "a.zip: This is a damaged or incomplete zip", "'a.zip'"),
        ({f"{i}.png": png(i) for i in range(3)}, "There are 3 usable images", "Saved"),
        ({f"{i}.png": png(i % 40) for i in range(43)}, "Saved 40 pictures", "usable images"),
        ({"a.zip": zipped({f"{'ab'[i % 2]}/{i}": png(i) for i in range(40)})}, "are their 2 classes", "usable images"),
        ({f"{i}.png": png(i % 40) for i in range(43)}, "3 more are equal to others and left out", "usable images"),
    ],
    ids=["PDF", "SVG and HEIC", "zip", "too few", "saved", "classes", "repeated"],
)
def test_saving_pictures_says_what_happened(open_page, files, expected, absent):
    app = open_page("pages/train.py")
    widget(app, "field.dataset").select("own").run()
    app.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files.items()]).run()
    button(app, "Save").click().run()
    assert_no_error(app)
    text = page_text(app).replace("\\", "")
    assert expected in text
    assert absent not in text


def test_says_how_many_more_files_cannot_be_used(open_page):
    app = open_page("pages/reconstruct.py", None, **uploaded())
    app.file_uploader[0].set_value([(f"{i}.pdf", b"%PDF-1.7", "application/pdf") for i in range(11)]).run()
    assert_no_error(app)
    assert "7.pdf: This is a PDF document" in page_text(app).replace("\\", "")
    assert "and 3 more files" in page_text(app)


@pytest.mark.parametrize(
    ("choose", "steps"),
    [
        (None, ("square",)),
        (lambda app: app.segmented_control(key="collection-square").set_value("fit"), ()),
        (lambda app: app.toggle(key="collection-mnist").set_value(True), MNIST_STEPS),
    ],
    ids=["default", "fit", "MNIST"],
)
def test_pictures_shown_to_a_model_are_prepared_like_its_collection(open_page, app_store, small, choose, steps):
    app = open_page("pages/train.py")
    widget(app, "field.dataset").select("own").run()
    app.file_uploader[0].set_value([(f"{i}.png", png(i), "image/png") for i in range(40)]).run()
    if choose:
        choose(app).run()
    button(app, "Save").click().run()
    assert_no_error(app)
    (collection,) = collections.list_collections()
    assert collection.steps == steps
    run = app_store.create(small.changed({"dataset.kind": "own", "dataset.validation": 0}), "Own", training=True)
    assert run_training(run).status == "finished"
    app = open_page("pages/reconstruct.py", run.id, **uploaded(UploadedImage("wide.png", png())))
    assert_no_error(app)
    assert tuple(app.pills[0].value) == steps


def test_a_run_on_a_deleted_collection_is_shown_on_every_page(open_page, app_store, small):
    collection = collections.create_collection(
        "noise", [np.random.default_rng(i).integers(0, 256, (40, 40, 3), np.uint8) for i in range(60)]
    )
    settings = {"dataset.color": True, "dataset.side": 32, "dataset.validation": 6, "training.batch_size": 10}
    config = small.changed({"dataset.kind": "own", **settings})
    run = app_store.create(config, "OwnImages", training=True)
    assert run_training(run).status == "finished"
    for info in PAGES:
        app = open_page(info.path, run.id)
        assert_no_error(app)
        assert ("digit" in page_text(app)) == (info.title == "Home"), "only the figure on Home shows a digit"
    for source in ("Upload", "Photo", "Draw"):
        app = open_page("pages/reconstruct.py", run.id, **{"image-source": source})
        assert "digit" not in " ".join([page_text(app), *(toggle.label for toggle in app.toggle)])
    collections.delete_collection(collection)
    st.cache_resource.clear()  # another server
    for info in PAGES:
        app = open_page(info.path, run.id)
        assert_no_error(app)
        if info.uses_a_run:
            assert "no longer" in page_text(app)


def test_trains_a_denoiser_for_the_selected_noise(open_page, app_store):
    app = open_page("pages/denoise.py", "starter-1-quick", **{"noise-None": "masking", "strength-masking": 0.7})
    assert_no_error(app)
    button(app, "Train a denoiser: Masking, strength 0.7").click().run()
    assert_no_error(app)
    run = app_store.runs()[0]
    assert run.config().corruption.model_dump() == {"kind": "masking", "strength": 0.7, "min_strength": None}
    assert app.session_state["run"] == run.id
    assert "About to start" in page_text(app)


@pytest.mark.parametrize("source", ["Draw", "Upload"])
def test_explains_that_a_run_has_no_weights_yet(open_page, app_store, small, source):
    run = app_store.create(small, "New")
    images = {"uploads": [UploadedImage("0.png", png())], "drawing": {"picture": base64.b64encode(png()).decode()}}
    app = open_page("pages/reconstruct.py", run.id, **{"image-source": source}, **images)
    assert_no_error(app)
    assert "no weights yet" in page_text(app)


def test_says_that_an_image_is_blank(open_page):
    blank = io.BytesIO()
    Image.new("L", (30, 30)).save(blank, "PNG")
    app = open_page("pages/reconstruct.py", None, **uploaded(UploadedImage("black.png", blank.getvalue())))
    assert "The image is blank" in page_text(app)


def test_says_that_the_preparation_leaves_nothing(open_page):
    stroke_at_the_edge = io.BytesIO()
    image = Image.new("L", (200, 60))
    image.paste(255, (2, 20, 20, 40))
    image.save(stroke_at_the_edge, "PNG")
    app = open_page("pages/reconstruct.py", None, **uploaded(UploadedImage("edge.png", stroke_at_the_edge.getvalue())))
    app = next(group for group in app.button_group if group.label == "Preparation").set_value(["square"]).run()
    assert "The model input is blank" in page_text(app)
    assert "inf%" not in page_text(app)
