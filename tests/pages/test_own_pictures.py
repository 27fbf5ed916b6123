"""Pictures of one's own on the pages: the ways in, the steps, list_collections to learn from, and noise."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import streamlit as st
from page_words import assert_no_errors, button, keyed, said
from PIL import Image

from aecore.data import collections as gallery
from aecore.runs.execute import run_training
from pages.parts.images import uploads
from pages.parts.images.uploads import OwnPicture
from pages.parts.shell.navigation import PAGES


def png(seed: int = 0, color: bool = False) -> bytes:
    """White squares here and there, which no digit has."""
    squares = np.random.default_rng(seed).integers(0, 2, (8, 8), np.uint8) * 255
    picture = np.kron(squares, np.ones((9, 9), np.uint8))
    buffer = io.BytesIO()
    Image.fromarray(np.stack([picture] * 3, axis=2) if color else picture).save(buffer, "PNG")
    return buffer.getvalue()


def brought(*pictures: OwnPicture) -> dict[str, object]:
    return {"own_pictures": list(pictures), "pictures": "Upload", "noise-pictures": "Upload"}


@pytest.mark.parametrize("path", ["pages/reconstruct.py", "pages/denoise.py"])
def test_good_pictures_work_beside_bad_ones(open_page, path):
    good = [OwnPicture(f"{i}.png", png(i, color=bool(i % 2))) for i in range(3)]
    app = open_page(path, None, **brought(*good, OwnPicture("bad.png", problem="This is text, not a picture.")))
    assert_no_errors(app)
    assert "bad.png" in said(app)
    assert "This is text" in said(app)
    if "reconstruct" in path:
        assert "0.png" in said(app)
        assert "does not look like what the model was trained on" in said(app), "squares are no digit"
        assert "nearest training pictures in latent space" in said(app)
    button(app, "Remove all").click().run()
    assert_no_errors(app)
    assert "bad.png" not in said(app)


@pytest.mark.parametrize("way_in", ["Upload", "Photo", "Draw"])
def test_every_way_in_says_what_to_do(open_page, way_in):
    app = open_page("pages/reconstruct.py", None, pictures=way_in)
    assert_no_errors(app)
    assert {"Upload": "At most 24 pictures", "Photo": "Take a photo", "Draw": "Draw a digit"}[way_in] in said(app)


@pytest.mark.parametrize(
    "sent", [{}, {"picture": ""}, {"picture": "%%%"}, {"picture": 7}, {"picture": "aGVsbG8="}, "x"]
)
def test_whatever_a_canvas_sends_the_page_stays_calm(open_page, sent):
    for path in ("pages/reconstruct.py", "pages/denoise.py"):
        app = open_page(path, None, **{"pictures": "Draw", "noise-pictures": "Draw", "drawing": sent})
        assert_no_errors(app)


def test_limits_are_on_the_page(open_page):
    text = said(open_page("pages/reconstruct.py", None, pictures="Upload"))
    for limit in ("20 MB", "40 megapixels", f"{uploads.MOST_AT_ONCE} pictures"):
        assert limit in text


def test_a_gallery_is_offered_as_data_and_can_be_deleted(open_page):
    kept = gallery.create_collection("My cats", [np.full((9, 9), i, np.uint8) for i in range(40)])
    app = open_page("pages/train.py")
    keyed(app, "field:dataset").select("own").run()
    assert_no_errors(app)
    assert app.session_state["draft"]["dataset"]["gallery"] == kept.id
    assert keyed(app, "field:dataset.collection").options == ["My cats"]
    assert not button(app, "Train").disabled
    assert f"{gallery.MAX_IMAGES:,} pictures" in said(app)
    app.checkbox(key=f"sure-{kept.id}").check().run()
    button(app, "Delete pictures").click().run()
    assert_no_errors(app)
    assert gallery.list_collections() == []
    assert button(app, "Train").disabled
    assert "no pictures of your own" in said(app)


def test_a_run_of_own_pictures_is_shown_on_every_page_even_without_them(open_page, lab_store, small):
    kept = gallery.create_collection(
        "noise", [np.random.default_rng(i).integers(0, 256, (40, 40, 3), np.uint8) for i in range(60)]
    )
    settings = {"dataset.color": True, "dataset.side": 32, "dataset.validation": 6, "training.batch_size": 10}
    config = small.changed({"dataset.kind": "own", **settings})
    run = lab_store.create(config, "OwnImages", training=True)
    assert run_training(run).status == "finished"
    for info in PAGES:
        assert_no_errors(open_page(info.path, run.id))
    gallery.delete(kept)
    st.cache_resource.clear()  # another server
    for info in PAGES:
        app = open_page(info.path, run.id)
        assert_no_errors(app)
        if info.uses_a_run:
            assert "no longer on this machine" in said(app)


def test_one_button_trains_a_denoiser_of_the_chosen_noise(open_page, lab_store):
    app = open_page("pages/denoise.py", None, **{"noise-None": "masking", "strength-masking": 0.7})
    assert_no_errors(app)
    button(app, "Train a denoiser: Masking, 0.7").click().run()
    assert_no_errors(app)
    run = lab_store.runs()[0]
    assert run.config().corruption.model_dump() == {"kind": "masking", "strength": 0.7, "min_strength": None}
    assert app.session_state["run"] == run.id
    assert "About to start" in said(app)


@pytest.mark.parametrize("way_in", ["Draw", "Upload"])
def test_without_weights_every_way_in_says_so(open_page, lab_store, small, way_in):
    run = lab_store.create(small, "New")
    brought = {"own_pictures": [OwnPicture("0.png", png())], "drawing": {"picture": base64.b64encode(png()).decode()}}
    app = open_page("pages/reconstruct.py", run.id, pictures=way_in, **brought)
    assert_no_errors(app)
    assert "no weights yet" in said(app)


def test_a_blank_picture_is_not_praised(open_page):
    blank = io.BytesIO()
    Image.new("L", (30, 30)).save(blank, "PNG")
    app = open_page("pages/reconstruct.py", None, **brought(OwnPicture("black.png", blank.getvalue())))
    assert "There is nothing to see in it" in said(app)
