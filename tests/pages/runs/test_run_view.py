"""The run view reads each file of a finished run once, and none of a run in training."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable

import pytest
from live_client import get
from page_elements import assert_no_error, component_data, page_text

from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers.queue import Queue
from pages.parts.runs import live_text


@pytest.fixture
def calls(monkeypatch) -> Counter[str]:
    """How often a run's files were read, and the queue was searched."""
    counts: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        original: Callable[..., object] = getattr(owner, name)

        def counting(*args, **kwargs):
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    for name in ("metrics", "examples", "live", "snapshot_steps"):
        count(Run, name)
    count(Queue, "position")
    # Once a second for all visitors, the time left of the runs in training is read.
    monkeypatch.setattr(live_text, "_seconds_left", lambda run, state: None)
    return counts


@pytest.fixture
def run(app_store: Store, trained: Run) -> Run:
    copy = Run(app_store.root / "20260101-000000-abcdef")
    shutil.copytree(trained.folder, copy.folder)
    return copy


def test_the_page_of_a_training_run_reads_none_of_its_files(open_page, run, calls):
    run.change_state(status="training", **this_process())
    app = open_page("pages/train.py", run.id)
    assert not calls, "the browser reads the files through the server's route"
    assert_no_error(app)
    assert "Training" in page_text(app)


def test_a_finished_run_is_read_once(open_page, run, calls):
    app = open_page("pages/train.py", run.id)
    before = calls.copy()
    assert_no_error(app)
    assert "Finished" in page_text(app)
    assert before == {"metrics": 1, "examples": 1, "live": 1, "snapshot_steps": 1}


def test_the_chart_of_a_finished_run_is_that_of_its_last_live_view(open_page, run):
    app = open_page("pages/train.py", run.id)
    (curve,) = [data["curve"] for data in component_data(app) if "curve" in data]
    assert curve == {key: get(f"/live/{run.id}").json[key] for key in ("records", "baseline", "alt")}
    records = run.metrics()
    first, last, validation = (f"{loss:.1f}" for loss in (
        records[0]["train"]["loss"], records[-1]["train"]["loss"], records[-1]["validation"]["loss"]
    ))  # fmt: skip
    assert curve["alt"] == (
        f"Loss curve: training loss went from {first} to {last} nats/image, validation loss is {validation}."
    )


def test_the_queue_is_searched_once_by_the_sidebar_and_once_by_the_run_view(open_page, run, calls):
    run.change_state(status="queued")
    app = open_page("pages/train.py", run.id)
    assert calls == {"position": 2}
    assert_no_error(app)
