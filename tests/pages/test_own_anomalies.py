"""The Anomalies page about own pictures, good ones only."""

from __future__ import annotations

import numpy as np
import pytest
from page_elements import assert_no_error, button, page_text
from tile_pictures import scratched, tile_picture

from aecore.data.collections import create_collection, delete_collection, find_collection
from aecore.images import to_png
from aecore.images.prepare import with_channel_axis
from pages.parts.anomalies.judged import Judged, Thresholds, section_of
from pages.parts.anomalies.own_pictures import OWN, own_config
from pages.parts.images.uploads import UploadedImage
from pages.parts.shell import resources, session
from pages.parts.shell.paths import ROOT

PAGE = "pages/anomalies.py"
SIZE = (128, 96)


@pytest.fixture(params=[True, False], ids=["patches", "whole"])
def collection(request, app_store):
    pictures = [tile_picture(i, SIZE, color=True) for i in range(24)]
    return create_collection("Tiles", pictures, patches=request.param)


@pytest.fixture
def own_run(collection, train_one):
    config = own_config(collection.id, color=False).changed({"training.length.steps": 100})
    return train_one(config.model_dump(mode="json"))


def uploaded(name, picture):
    return UploadedImage(name, to_png(with_channel_axis(picture)))


def choose_own(app):
    question = next(group for group in app.get("button_group") if group.key.startswith("anomaly-question"))
    return question.set_value(OWN).run()


def test_without_own_pictures_the_page_leads_to_the_upload(open_page, trained, started):
    app = choose_own(open_page(PAGE))
    assert_no_error(app)
    assert "There are no pictures of your own here yet. Add 20 or more" in page_text(app)
    button(app, "Add good pictures").click().run()
    assert_no_error(app)
    assert "How does a network learn" in app.header[0].value
    assert app.session_state["draft"]["dataset"]["kind"] == "own"
    assert not started


def test_a_collection_is_trained_from_the_page(open_page, collection, started):
    app = choose_own(open_page(PAGE))
    button(app, "Train on these pictures").click().run()
    assert_no_error(app)
    (run,) = [entry.run for entry in resources.store().entries() if entry.state.active]
    assert run.config().dataset.collection == collection.id
    assert "set the threshold" in page_text(app)
    assert not started


def test_the_question_follows_the_run(open_page, own_run, trained, started):
    app = choose_own(open_page(PAGE, "starter-6-eights"))
    assert "Good pictures" in [box.label for box in app.selectbox]
    app.switch_page(str(ROOT / "pages/train.py")).run()
    app.switch_page(str(ROOT / PAGE)).run()
    assert "Good pictures" in [box.label for box in app.selectbox], "after adding pictures on another page"
    for run, labels in ((own_run.id, ["Good pictures"]), ("starter-6-eights", ["Score", "Normal digit"])):
        app.session_state["run"] = app.query_params["run"] = run
        app.run()
        assert_no_error(app)
        assert [box.label for box in app.selectbox if box.label != "Run"] == labels


def test_a_collection_that_was_just_saved_is_chosen(open_page, own_run, started):
    app = open_page(PAGE)
    pictures = [tile_picture(i, SIZE, color=True) for i in range(50, 74)]
    new = create_collection("Other tiles", pictures)
    app.session_state[session.NEW_COLLECTION.name] = new.id
    app.run()
    assert_no_error(app)
    assert next(box for box in app.selectbox if box.label == "Good pictures").value == new.id
    button(app, "Train on these pictures")


def test_the_page_says_what_to_do_first(open_page, collection, started):
    text = page_text(choose_own(open_page(PAGE)))
    assert "1. Choose good pictures" in text
    assert "2. Train" in text
    assert "3. Show new pictures" in text


@pytest.mark.parametrize(
    ("multiple", "shown"), [(0, "0 ×"), (0.034, "0.034 ×"), (1, "1 ×"), (99.9, "99.9 ×"), (1670, "1,670 ×")]
)
def test_scores_are_shown_as_multiples_of_the_threshold(multiple, shown):
    nothing = np.zeros((2, 2, 3), np.uint8)
    judged = Judged(nothing, nothing, multiple * 0.01, 0.0)
    assert f", {shown} the threshold 0.01" in section_of("one.png", judged, Thresholds(0.01, 0.01))


def test_good_and_bad_pictures_are_told_apart(open_page, own_run, started):
    good = tile_picture(1000, SIZE, color=True)
    bad = good.copy()
    bad[30:70, 50:90] = 255
    uploads = [uploaded("good.png", good), uploaded("bad <b>.png", bad), uploaded("scratch", scratched(good, 1)[0])]
    for sessions in (1, 2):
        app = open_page(PAGE, own_run.id, uploads=uploads)
        app.run()
        assert_no_error(app)
        assert len(started) == 1, f"the scores are computed once, not in {sessions} sessions"
    text = page_text(app)
    held_out = len(own_run.config().dataset.held_out_pictures())
    assert f"{held_out} good pictures" in text
    assert 'bad &lt;b&gt;.png</strong> <b class="verdict-anomalous"' in text
    assert text.count("PCA (baseline)") == 3
    assert text.count(": error") == 3
    rates = next(group for group in app.get("button_group") if group.key.startswith("false-alarms"))
    assert float(rates.options[0].removesuffix(" %")) == pytest.approx(100 / (held_out + 1), abs=0.6)


ODD = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "a line": np.zeros((1, 900, 3), np.uint8),
    "large": np.full((3000, 4000, 3), 90, np.uint8),
    "blank": np.full((300, 200), 255, np.uint8),
}


def test_odd_pictures_are_judged_without_an_error(open_page, own_run, started):
    app = open_page(PAGE, own_run.id, uploads=[uploaded(name, picture) for name, picture in ODD.items()])
    app.run()
    assert_no_error(app)
    for name in ODD:
        assert f"<strong>{name}</strong>" in page_text(app)


def test_a_damaged_file_of_scores_is_computed_again(open_page, own_run, started):
    app = open_page(PAGE, own_run.id).run()
    (stored,) = own_run.folder.glob("anomaly/*")
    stored.write_bytes(b"\x00damaged")
    app = open_page(PAGE, own_run.id).run()
    assert_no_error(app)
    assert len(started) == 2


def test_a_deleted_collection_is_named(open_page, own_run, started):
    delete_collection(find_collection(own_run.config().dataset.collection))
    app = open_page(PAGE, own_run.id)
    assert_no_error(app)
    assert "is no longer here" in page_text(app)
    assert not started
