"""The queue with real processes: one queue for the whole module whose worker trains one run, so that others wait."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.errors import RunNotFound
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import train
from aecore.utils.process import NICENESS
from aecore.workers.queue import Queue


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with Queue(Store(tmp_path_factory.mktemp("queue") / "runs"), slots=1, runs_per_slot=1) as queue:
        yield queue
    assert all(run.state().status != "training" for run in queue.store.runs())


@pytest.fixture
def start(queue: Queue) -> Iterator[Callable[[RunConfig], Run]]:
    """Submit a new run; it is stopped after the test."""
    runs: list[Run] = []

    def submit(config: RunConfig) -> Run:
        runs.append(queue.store.create(config))
        queue.submit(runs[-1])
        return runs[-1]

    yield submit
    for run in runs:
        if run.folder.exists() and run.state().active:
            queue.stop(run)


def is_training(run: Run) -> Callable[[], bool]:
    return lambda: run.state().status == "training" and len(run.metrics()) > 3


def ended(run: Run) -> Callable[[], bool]:
    return lambda: not run.state().active


Start = Callable[[RunConfig], Run]
Wait = Callable[..., None]


def test_a_submitted_run_is_trained_to_its_end(start: Start, small: RunConfig, wait_until: Wait) -> None:
    run = start(small)
    wait_until(ended(run))
    assert (run.state().status, run.state().reason) == ("finished", "")
    *_, last = train(small, small.dataset.load())
    assert equal(run.checkpoint().model, last.checkpoint().model), "a worker gives the same weights as this process"
    assert run.results("scores")["step"] == last.steps


def test_a_run_stops_within_a_second_and_continues(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(is_training(run))
    wait_until(lambda: run.results("baseline"))
    began = time.monotonic()
    queue.stop(run)
    wait_until(ended(run), 1.0)
    assert time.monotonic() - began < 1.0
    assert run.state().status == "stopped"
    step = run.model_step()
    assert step == run.checkpoint().step
    assert run.model().reconstruct(torch.rand(1, 1, 28, 28)).shape == (1, 1, 28, 28)
    wait_until(lambda: (run.results("scores") or {}).get("step") == step)

    epochs = step // 10 + 2
    queue.resume(run, endless.changed({"training.length.epochs": epochs, "training.learning_rate": 5e-4}))
    assert run.state().active
    wait_until(ended(run))
    assert (run.state().status, run.model_step()) == ("finished", epochs * 10)
    assert {r["learning_rate"] for r in run.metrics() if r["step"] <= step} == {1e-3}
    assert {r["learning_rate"] for r in run.metrics() if r["step"] > step} == {5e-4}


def test_a_run_continues_by_itself_after_its_worker_was_killed(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(lambda: run.model_step())
    killed, step = run.state().pid, run.model_step()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: run.state().status == "training" and run.state().pid != killed)
    wait_until(lambda: run.metrics()[-1]["step"] > step)
    assert run.state().crash_step is not None, "the run in whose step the worker died is known"
    queue.stop(run)
    wait_until(ended(run))
    epochs = run.checkpoint().step // 10 + 3
    config = endless.changed({"training.length.epochs": epochs})
    queue.resume(run, config)
    wait_until(ended(run))
    assert (run.state().status, run.state().crash_step) == ("finished", None)
    steps = [r["step"] for r in run.metrics()]
    assert steps == sorted(set(steps))
    *_, last = train(config, config.dataset.load())
    assert equal(run.checkpoint().model, last.checkpoint().model)


def test_queued_runs_start_in_order(
    queue: Queue, start: Start, endless: RunConfig, small: RunConfig, wait_until: Wait
) -> None:
    first = start(endless)
    wait_until(is_training(first))
    second, third = start(small), start(small)
    assert [run.id for run in queue.queued()] == [second.id, third.id]
    assert (queue.position(first), queue.position(second), queue.position(third)) == (None, 1, 2)
    queue.stop(second)
    assert (second.state().status, second.state().reason) == ("stopped", "Cancelled while queued.")
    assert queue.position(third) == 1
    queue.submit(second)
    assert [run.id for run in queue.queued()] == [third.id, second.id], "at the end of the queue"
    queue.stop(second)
    queue.stop(first)
    wait_until(ended(third))
    assert (first.state().status, third.state().status) == ("stopped", "finished")
    assert second.metrics() == [], "a cancelled run never starts"


@pytest.mark.parametrize(
    ("status", "slots", "runs_per_slot", "position"),
    [
        ("queued", 1, 1, 2),
        ("queued", 2, 1, 1),
        ("queued", 3, 1, None),
        ("queued", 1, 3, None),
        ("finished", 1, 1, None),
    ],
)
def test_position_counts_the_runs_that_must_end_before(
    store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch,
    status: str, slots: int, runs_per_slot: int, position: int | None,
) -> None:  # fmt: skip
    monkeypatch.setattr(Queue, "_run_loop", lambda self: None)  # no workers
    store.create(small, training=True)
    store.create(small)
    run = store.create(small)
    run.change_state(status=status, queued=run.state().queued + 1)
    with Queue(store, slots, runs_per_slot) as queue:
        assert queue.position(run) == position


def test_submitting_a_run_in_training_changes_nothing(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(is_training(run))
    queue.resume(run, endless.changed({"training.learning_rate": 0.5}))
    queue.submit(run)
    assert run.state().status == "training"
    assert run.config() == endless, "the settings that it is trained with"


def test_deleting_a_run_in_training_stops_it_first(
    queue: Queue, start: Start, endless: RunConfig, small: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(is_training(run))
    queue.delete(run)
    with pytest.raises(RunNotFound):
        queue.store.get(run.id)
    after = start(small)
    wait_until(ended(after))
    assert after.state().status == "finished"
    assert not run.folder.exists(), "nothing recreates it"


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is of POSIX")
def test_workers_leave_the_processors_to_pages(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(is_training(run))
    pid = run.state().pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
    autogroup = Path(f"/proc/{pid}/autogroup")
    if autogroup.exists() and (content := autogroup.read_text(encoding="ascii")):
        assert content.rstrip().endswith(f" nice {NICENESS}")


def test_a_worker_that_does_not_respond_is_terminated(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aecore.workers.queue.SECONDS_TO_STOP", 1.0)
    run = start(endless)
    wait_until(lambda: run.model_step())
    os.kill(run.state().pid, signal.SIGSTOP)  # it can no longer respond
    queue.stop(run)
    wait_until(ended(run), 20)
    wait_until(lambda: run.state().status == "stopped")
    summary = f"The weights of step {run.model_step():,} are available."
    assert run.state().reason == f"The worker did not respond and was terminated. {summary}"


def test_a_queued_run_that_was_asked_to_stop_does_not_start(queue: Queue, small: RunConfig, wait_until: Wait) -> None:
    run = queue.store.create(small)
    run.request_stop()  # when its worker was about to die
    wait_until(ended(run))
    assert (run.state().status, run.metrics()) == ("stopped", [])


def test_finds_runs_submitted_by_another_process(queue: Queue, small: RunConfig, wait_until: Wait) -> None:
    run = queue.store.create(small)  # without notifying the queue
    wait_until(ended(run))
    assert run.state().status == "finished"


def test_deleted_or_damaged_queued_runs_do_not_block_others(
    queue: Queue, start: Start, endless: RunConfig, small: RunConfig, wait_until: Wait
) -> None:
    first = start(endless)
    wait_until(is_training(first))
    deleted, broken, last = start(small), start(small), start(small)
    (broken.folder / "config.json").write_text(small.to_json().replace('"dense"', '"later-version"'))
    done = threading.Event()

    def list_queued() -> None:
        while not done.is_set():
            queue.queued()

    thread = threading.Thread(target=list_queued)
    thread.start()
    queue.delete(deleted)
    done.set()
    thread.join()
    queue.stop(first)
    wait_until(ended(last))
    assert last.state().status == "finished"
    assert not broken.readable()
