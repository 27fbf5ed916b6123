"""Runs that are renamed, deleted and continued on the pages."""

from __future__ import annotations

import shutil

import pytest
from page_elements import assert_no_error, button, page_text, widget
from run_maker import Maker

from aecore.config.run_config import RunConfig
from aecore.optim.length import Steps
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.shell.paths import ASSETS

FIRST_STARTER = min(folder.name for folder in (ASSETS / "starters").iterdir())


@pytest.fixture
def make(app_store: Store, small: RunConfig, trained: Run) -> Maker:
    return Maker(app_store, small, trained)


def test_rename_and_delete(open_page, make):
    run = make.old()
    app = open_page("pages/train.py", run.id)
    app.text_input(key=f"name-{run.id}").input("Mine: *first* $try$").run()
    assert run.state().name == "Mine: *first* $try$"
    assert "Mine" in widget(app, "run_picker").options[0]
    assert button(app, "Delete").disabled
    app.checkbox(key=f"sure-{run.id}").check().run()
    button(app, "Delete").click().run()
    assert_no_error(app)
    assert not run.folder.exists()
    assert app.session_state["run"] == FIRST_STARTER


def test_empty_name_changes_nothing(open_page, make):
    run = make.old()
    app = open_page("pages/train.py", run.id)
    app.text_input(key=f"name-{run.id}").input("   ").run()
    assert_no_error(app)
    assert run.state().name == "Trained"
    assert app.text_input(key=f"name-{run.id}").value == "Trained"


def test_a_run_that_was_cancelled_before_it_began_is_not_shown_first(open_page, make):
    run = make.old()
    cancelled = make.new(status="stopped", reason="Cancelled while queued.")
    assert open_page("pages/home.py").session_state["run"] == run.id
    run.change_state(started=None)
    assert open_page("pages/home.py").session_state["run"] == cancelled.id, "there is no other"


def test_run_deleted_elsewhere(open_page, make):
    run = make.old()
    app = open_page("pages/reconstruct.py", run.id)
    shutil.rmtree(run.folder)
    app.run()
    assert_no_error(app)
    assert app.session_state["run"] == FIRST_STARTER
    assert "The selected run was deleted. Showing “Dense, 16 dimensions”." in page_text(app)
    assert app.query_params["run"] in (FIRST_STARTER, [FIRST_STARTER]), "a reload shows the run without a message"


def test_link_to_a_deleted_run_where_there_is_no_other(open_page, app_store):
    app_store.read_only = ()
    app = open_page("pages/latent.py", "20260101-000000-abcdef")
    assert_no_error(app)
    assert "It may have been deleted." in page_text(app)
    assert "Showing" not in page_text(app)
    assert "run" not in app.query_params


def test_starters_cannot_be_deleted_or_continued(open_page):
    app = open_page("pages/train.py", FIRST_STARTER)
    assert {"Delete", "Stop", "Continue training"}.isdisjoint(b.label for b in app.button)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("length", 3, "Total epochs is 3, but 3 epochs are done; enter a larger number."),
        ("length", 0, "Total epochs is 0; it must be 1 or more."),
        ("length", 10**9, "must be 10,000 or less"),
        ("rate", 0.0, "Learning rate is 0; it must be more than 0"),
        ("rate", 100.0, "must be 10 or less"),
    ],
)
def test_invalid_continuation_shows_a_message(open_page, make, field, value, message):
    run = make.old(status="stopped")
    app = open_page("pages/train.py", run.id)
    assert not button(app, "Continue training").disabled
    app.number_input(key=f"{field}-{run.id}-30").set_value(value).run()
    assert_no_error(app)
    assert message in page_text(app)
    assert button(app, "Continue training").disabled


def test_continue_queues_the_run_again(open_page, make):
    run = make.old(status="stopped")
    app = open_page("pages/train.py", run.id)
    app.number_input(key=f"length-{run.id}-30").set_value(7).run()
    app.number_input(key=f"rate-{run.id}-30").set_value(0.01).run()
    button(app, "Continue training").click().run()
    assert_no_error(app)
    assert run.state().status == "queued"
    assert (run.config().training.length.epochs, run.config().training.learning_rate) == (7, 0.01)


def test_continue_says_where_the_learning_rate_leaps(open_page, make):
    run = make.old(status="stopped")
    run.write_config(run.config().changed({"training.schedule.kind": "cosine"}))
    app = open_page("pages/train.py", run.id)
    assert "The learning rate was 1.3e-05 and continues at" in page_text(app)
    app.number_input(key=f"length-{run.id}-30").set_value(6).run()
    assert "continues at 0.00051: Cosine follows the new total" in page_text(app)


def test_continue_counts_in_the_unit_of_the_run(open_page, make):
    run = make.old(status="stopped")
    run.write_config(run.config().changed({"training.length": Steps(steps=2000)}))
    app = open_page("pages/train.py", run.id)
    assert "from the last checkpoint: 30 of 2,000 steps." in page_text(app)
    field = app.number_input(key=f"length-{run.id}-30")
    assert (field.label, field.value) == ("Total steps", 2000)
    field.set_value(30).run()
    assert "Total steps is 30, but 30 steps are done; enter a larger number." in page_text(app)
    app.number_input(key=f"length-{run.id}-30").set_value(75).run()
    button(app, "Continue training").click().run()
    assert_no_error(app)
    assert run.config().training.length == Steps(steps=75)


@pytest.mark.parametrize("press", ["Continue training", "Stop"])
def test_a_run_that_was_just_deleted_elsewhere_cannot_be_changed(open_page, make, press):
    run = make.old(status="stopped") if press == "Continue training" else make.new()
    app = open_page("pages/train.py", run.id)
    shutil.rmtree(run.folder)
    button(app, press).click().run()
    assert_no_error(app)
    assert "The selected run was deleted." in page_text(app)
    assert "state.json" not in page_text(app).replace("\\", "")
