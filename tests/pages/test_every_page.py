"""Every page works with an empty home, with every starter, and with a run in each state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest
from page_elements import assert_no_error, button, page_text, widget

from aecore.config.run_config import RunConfig
from aecore.optim.length import Steps
from aecore.runs.run import Run
from aecore.runs.state import this_process
from aecore.runs.store import Store
from pages.parts.shell import resources
from pages.parts.shell.navigation import PAGES
from pages.parts.shell.paths import ASSETS
from pages.parts.shell.session import NOTE

STARTERS = sorted(folder.name for folder in (ASSETS / "starters").iterdir())
PATHS = [pytest.param(info.path, id=info.title) for info in PAGES]
FULL = "The disk is full. Make room and press Continue; the last checkpoint is intact."
RESULTS = ("scores.json", "baseline.json")
FULL_AT_ONCE = "The disk is full. There was no checkpoint yet."


class Maker:
    """Creates runs in any state."""

    def __init__(self, store: Store, config: RunConfig, trained: Run) -> None:
        self.store, self.config, self.trained = store, config, trained

    def new(self, **changes: object) -> Run:
        """A run before its first step."""
        run = self.store.create(self.config, "New")
        run.change_state(**changes)
        return run

    def old(self, **changes: object) -> Run:
        """A trained run."""
        run = Run(self.store.root / "20260101-000000-abcdef")
        shutil.copytree(self.trained.folder, run.folder)
        run.change_state(**changes)
        return run

    def damaged(self, *files: str, **changes: object) -> Run:
        """A trained run with some damaged files."""
        run = self.old(**changes)
        for file in files:
            (run.folder / file).write_bytes(b"\x00damaged")
        return run

    def rewritten(self, content: str, *files: str) -> Run:
        """A trained run with files of another content."""
        run = self.old()
        for file in files:
            (run.folder / file).write_text(content)
        return run

    def with_folders(self, *files: str) -> Run:
        """A trained run with folders in place of files."""
        run = self.without(*files)
        for file in files:
            (run.folder / file).mkdir()
        return run

    def without(self, *files: str, **changes: object) -> Run:
        """A trained run with some files missing."""
        run = self.old(**changes)
        for file in files:
            (run.folder / file).unlink()
        return run


GONE = {"status": "training", "pid": os.getpid(), "pid_created": 1.0}  # the pid belongs to another process by now

#: How to create the run, and what the Train page shows.
STATES: dict[str, tuple[Callable[[Maker], Run], str]] = {
    "queued": (lambda make: make.new(), "About to start"),
    "queued again": (lambda make: make.old(status="queued"), "About to start"),
    "about to take its first step": (lambda make: make.new(status="training", **this_process()), "taking the first"),
    "training": (lambda make: make.old(status="training", **this_process()), "Training"),
    "finished": (lambda make: make.old(), "Finished"),
    "finished without scores": (lambda make: make.without("scores.json"), "On the test images"),
    "finished without a baseline": (lambda make: make.without("baseline.json"), "Finished"),
    "stopped": (lambda make: make.old(status="stopped"), "Stopped at step 30"),
    "cancelled while queued": (
        lambda make: make.new(status="stopped", reason="Cancelled while queued."),
        "Cancelled while queued.",
    ),
    "interrupted": (lambda make: make.old(**GONE), "Interrupted at step 30"),
    "interrupted before the first step": (lambda make: make.new(**GONE), "ended unexpectedly"),
    "failed": (lambda make: make.old(status="failed", reason=FULL), FULL),
    "failed before the first step": (lambda make: make.new(status="failed", reason=FULL_AT_ONCE), FULL_AT_ONCE),
    "weights damaged": (lambda make: make.damaged("model.safetensors"), "model.safetensors is damaged"),
    "checkpoint damaged": (lambda make: make.damaged("resume.safetensors", status="stopped"), "Stopped"),
    "metrics damaged": (lambda make: make.damaged("metrics.jsonl"), "Finished"),
    "numbers damaged": (lambda make: make.damaged("scores.json", "baseline.json"), "Finished"),
    "examples damaged": (lambda make: make.damaged("examples.safetensors"), "Finished"),
    "a snapshot damaged": (lambda make: make.damaged("snapshots/00000030.safetensors"), "Finished"),
    "records with numbers missing": (
        lambda make: make.rewritten('{"step": 3, "epoch": 1, "train": null}\n', "metrics.jsonl"),
        "damaged or missing",
    ),
    "numbers as text": (
        lambda make: make.rewritten('{"components": "4", "mse": "x", "model": [], "step": "30"}', *RESULTS),
        "Finished",
    ),
    "a list for an object": (lambda make: make.rewritten("[[1]]", *RESULTS), "Finished"),
    "folders for files": (
        lambda make: make.with_folders(*RESULTS, "metrics.jsonl", "examples.safetensors", "live.safetensors"),
        "damaged or missing",
    ),
    "a folder for the weights": (lambda make: make.with_folders("model.safetensors"), "model.safetensors is damaged"),
    "live file damaged": (
        lambda make: make.damaged("live.safetensors", status="training", **this_process()),
        "Training",
    ),
}


@pytest.fixture
def make(app_store: Store, small: RunConfig, trained: Run) -> Maker:
    return Maker(app_store, small, trained)


@pytest.mark.parametrize("path", PATHS)
def test_empty_home(open_page, path):
    app = open_page(path)
    assert_no_error(app)
    assert app.session_state["run"] in STARTERS


@pytest.mark.parametrize("path", PATHS)
def test_without_any_run(open_page, app_store, path):
    app_store.read_only = ()
    app = open_page(path)
    assert_no_error(app)
    assert "No runs yet" in page_text(app)


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("path", PATHS)
def test_every_starter(open_page, path, starter):
    app = open_page(path, starter)
    assert_no_error(app)
    assert app.session_state["run"] == starter
    assert widget(app, "run_picker").value == starter


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", PATHS)
def test_every_state(open_page, make, path, state):
    create, expected = STATES[state]
    run = create(make)
    app = open_page(path, run.id)
    assert_no_error(app)
    assert app.session_state["run"] == run.id
    if path == "pages/train.py":
        assert expected in page_text(app)
        active = run.state().active
        assert [b.label for b in app.button if b.label in ("Stop", "Continue training")] == [
            "Stop" if active else "Continue training"
        ]


def test_unreadable_run_is_not_listed_and_not_changed(open_page, make):
    run = make.damaged("state.json")
    app = open_page("pages/train.py", run.id)
    assert_no_error(app)
    assert run.id not in widget(app, "run_picker").options
    assert app.session_state["run"] != run.id
    assert (run.folder / "config.json").is_file()


@pytest.mark.parametrize(
    "address",
    ["nonsense", "../../etc", "20260101-000000-abcdef", "", "STARTER-1-quick", "a" * 500, "<b>x</b>", "$x$ `"],
)
@pytest.mark.parametrize("path", PATHS[:2])
def test_unknown_run_in_the_address_shows_a_message_that_names_the_run_shown(open_page, path, address):
    app = open_page(path, address)
    assert_no_error(app)
    assert app.session_state["run"] == STARTERS[0]
    if address:
        assert "It may have been deleted. Showing “Dense, 16 dimensions”." in page_text(app)
        assert app.query_params["run"] in (STARTERS[0], [STARTERS[0]]), "a reload shows the run without a message"
    else:
        assert not app.session_state[NOTE.name]


def test_queued_runs_show_their_positions(open_page, make, monkeypatch):
    for limit in ("slots", "runs_per_slot"):
        monkeypatch.setattr(resources.queue(), limit, 1)
    first, *runs = [make.new(queued=float(at)) for at in range(3)]
    assert "About to start" in page_text(open_page("pages/train.py", first.id))
    for position, run in enumerate(runs, 1):
        assert f"Queued, position {position}" in page_text(open_page("pages/train.py", run.id))


def test_picked_run_stays_selected_on_every_page(open_page):
    app = open_page("pages/train.py")
    widget(app, "run_picker").select(STARTERS[2]).run()
    assert app.query_params["run"] in (STARTERS[2], [STARTERS[2]])
    for info in PAGES:
        app.switch_page(str(info.file)).run()
        assert_no_error(app)
        assert app.session_state["run"] == STARTERS[2]


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
    assert app.session_state["run"] == STARTERS[0]


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
    assert app.session_state["run"] == STARTERS[0]
    assert "The selected run was deleted. Showing “Dense, 16 dimensions”." in page_text(app)
    assert app.query_params["run"] in (STARTERS[0], [STARTERS[0]]), "a reload shows the run without a message"


def test_link_to_a_deleted_run_where_there_is_no_other(open_page, app_store):
    app_store.read_only = ()
    app = open_page("pages/latent.py", "20260101-000000-abcdef")
    assert_no_error(app)
    assert "It may have been deleted." in page_text(app)
    assert "Showing" not in page_text(app)
    assert "run" not in app.query_params


def test_starters_cannot_be_deleted_or_continued(open_page):
    app = open_page("pages/train.py", STARTERS[0])
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


def test_train_with_a_full_disk_shows_a_message(open_page, app_store, monkeypatch):
    app = open_page("pages/train.py")

    def refuse(*args: object, **kwargs: object) -> Run:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "create", refuse)
    button(app, "Train").click().run()
    assert_no_error(app)
    assert "no space left on device" in page_text(app)
