"""The train button: each press starts one run, a repeated click none, and a request that was cut off is resumed."""

from __future__ import annotations

import threading

import pytest
from page_elements import assert_no_error, button, widget
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from aecore.config.recipes import RECIPES
from aecore.runs.store import Store
from aecore.workers.queue import Queue
from pages.parts.shell.session import TRAIN_REQUESTS
from pages.parts.shell.train_requests import SWEEP, TrainRequest, TrainRequests
from pages.parts.train import train_button

FORM = train_button.FORM


@pytest.fixture
def train(open_page) -> AppTest:
    return open_page("pages/train.py")


def requests(app: AppTest) -> TrainRequests:
    found = app.session_state[TRAIN_REQUESTS.name]
    assert isinstance(found, TrainRequests)
    return found


def trained_steps(store: Store) -> list[int]:
    """The lengths of the runs that a test started, in order."""
    return sorted(run.config().training.length.steps for run in store.runs() if not run.read_only)


#: Clicks as (button, generation), and which of them start a run.
CLICKS = {
    "one": ([("a", 0)], [True]),
    "the same twice": ([("a", 0), ("a", 0)], [True, False]),
    "a second press": ([("a", 0), ("a", 1)], [True, True]),
    "two double clicks": ([("a", 0), ("a", 0), ("a", 1), ("a", 1)], [True, False, True, False]),
    "an old click after a new one": ([("a", 0), ("a", 1), ("a", 0)], [True, True, False]),
    "two buttons": ([("a", 0), ("b", 0), ("b", 0)], [True, True, False]),
}


@pytest.mark.parametrize("added_together", [True, False])
@pytest.mark.parametrize("name", CLICKS)
def test_each_generation_of_a_button_is_processed_once(name, added_together):
    clicks, expected = CLICKS[name]
    queue, processed = TrainRequests(), []

    def process():
        while request := queue.next():
            processed.append(request)
            queue.finish()

    added = [TrainRequest(button, generation, None) for button, generation in clicks]
    for request in added:
        queue.add(request)
        if not added_together:
            process()
    process()
    accepted = [request for request, starts in zip(added, expected, strict=True) if starts]
    assert processed == accepted
    assert not queue.pending


def test_the_same_generation_twice_starts_one_run(train, app_store):
    click = TrainRequest(FORM, 0, None)
    for _ in range(2):
        requests(train).add(click)
    train.run()
    requests(train).add(click)  # the browser sends it again after the run has started
    train.run()
    assert_no_error(train)
    assert len(trained_steps(app_store)) == 1


def test_a_second_press_starts_a_second_run_of_the_same_settings(train, app_store):
    widget(train, "field.training.length.steps").set_value(7).run()
    for _ in range(2):
        button(train, "Train").click().run()
        assert_no_error(train)
    assert trained_steps(app_store) == [7, 7]
    names = [run.state().name for run in app_store.runs() if not run.read_only]
    assert len(set(names)) == 2
    assert train.session_state["run"] == app_store.runs()[0].id


def test_the_form_is_read_when_the_request_is_processed(train, app_store):
    """The value typed last and the click arrive together."""
    widget(train, "field.training.length.steps").set_value(8)
    button(train, "Train").click().run()
    assert trained_steps(app_store) == [8]


def test_a_request_for_invalid_settings_starts_no_run(train, app_store):
    widget(train, "field.training.length.steps").set_value(0)
    button(train, "Train").click().run()
    assert_no_error(train)
    assert trained_steps(app_store) == []
    assert button(train, "Train").disabled


#: Where Streamlit cuts the processing off: before the run is created, or after it.
CUTS = {
    "before the settings are read": (train_button.draft, "validated"),
    "before the run is selected": (train_button, "select_run"),
    "before the request is finished": (TrainRequests, "finish"),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_request_that_was_cut_off_is_resumed(train, app_store, monkeypatch, name):
    owner, function = CUTS[name]
    original, calls = getattr(owner, function), []

    def cut_off_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise StopException
        return original(*args)

    requests(train).add(TrainRequest(FORM, 0, None))
    monkeypatch.setattr(owner, function, cut_off_once)
    train.run()
    assert len(requests(train).pending) == 1
    train.run()
    assert_no_error(train)
    run = app_store.runs()[0]
    assert len(trained_steps(app_store)) == 1
    assert train.session_state["run"] == run.id
    assert not requests(train).pending


@pytest.mark.parametrize("kind", [SWEEP, FORM])
def test_two_script_runs_at_once_process_a_request_once(monkeypatch, kind):
    """The second click of a double click starts a script run while the first is still creating what was requested."""
    pending, calls = TrainRequests(), []
    second = threading.Thread(target=train_button.process_requests)

    def create(*args: object) -> None:
        calls.append(args)
        if len(calls) == 1:
            second.start()
            second.join(0.3)
        pending.created = "new"

    pending.add(TrainRequest(kind, 0, None))
    monkeypatch.setattr(TRAIN_REQUESTS, "get", lambda: pending)
    monkeypatch.setattr(train_button, "_start_sweep", create)
    monkeypatch.setattr(train_button, "_start", create)
    train_button.process_requests()
    second.join()
    assert len(calls) == 1
    assert not pending.pending


def test_a_failed_request_is_shown_and_not_repeated(train, app_store, monkeypatch):
    def refuse(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Queue, "submit", refuse)
        button(train, "Train").click().run()
    count = len(trained_steps(app_store))
    train.run()
    assert len(trained_steps(app_store)) == count
    assert not requests(train).pending


def test_home_shows_the_run_that_its_button_started(open_page, app_store):
    app = open_page("pages/home.py")
    assert not [b for b in app.button if b.label == "Stop"]
    button(app, "Train your first autoencoder").click().run()
    assert_no_error(app)
    run = app_store.runs()[0]
    assert run.config() == next(iter(RECIPES.values())).config()
    assert requests(app).last_runs == {"home": run.id}
    button(app, "Stop")
