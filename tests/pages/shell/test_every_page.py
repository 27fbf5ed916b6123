"""Every page works with an empty home, with every starter, and with a run in each state."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from page_elements import assert_no_error, button, page_text, widget
from run_maker import Maker

from aecore.config.run_config import RunConfig
from aecore.runs.files.state import this_process
from aecore.runs.run import Run
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


def test_train_with_a_full_disk_shows_a_message(open_page, app_store, monkeypatch):
    app = open_page("pages/train.py")

    def refuse(*args: object, **kwargs: object) -> Run:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "create", refuse)
    button(app, "Train").click().run()
    assert_no_error(app)
    assert "no space left on device" in page_text(app)
