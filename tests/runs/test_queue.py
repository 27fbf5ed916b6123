"""The queue with real processes: one module-wide queue with one slot, so that runs wait for each other."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.errors import RunNotFound
from aecore.runs.queue import Queue
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import train


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with Queue(Store(tmp_path_factory.mktemp("queue") / "runs"), slots=1) as queue:
        yield queue
    assert all(run.state().status != "training" for run in queue.store.runs())


@pytest.fixture
def start(queue: Queue) -> Iterator[Callable[[RunConfig], Run]]:
    """Put a new run in line; whatever a test started is stopped after it."""
    runs: list[Run] = []

    def put(config: RunConfig) -> Run:
        runs.append(queue.store.create(config))
        queue.submit(runs[-1])
        return runs[-1]

    yield put
    for run in runs:
        if run.folder.exists() and run.state().active:
            queue.stop(run)


def trains(run: Run) -> Callable[[], bool]:
    return lambda: run.state().status == "training" and len(run.metrics()) > 3


def ended(run: Run) -> Callable[[], bool]:
    return lambda: not run.state().active


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


Start = Callable[[RunConfig], Run]
Wait = Callable[..., None]


def test_a_submitted_run_is_trained_to_its_end(start: Start, small: RunConfig, wait_until: Wait) -> None:
    run = start(small)
    wait_until(ended(run))
    assert (run.state().status, run.state().reason) == ("finished", "")
    *_, last = train(small, small.dataset.load())
    assert same(run.checkpoint().model, last.checkpoint().model), "a worker gives the numbers of this process"
    assert run.numbers("scores")["step"] == last.steps


def test_stopping_takes_less_than_a_second_and_continuing_is_possible(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(trains(run))
    wait_until(lambda: run.numbers("baseline"))
    began = time.monotonic()
    queue.stop(run)
    wait_until(ended(run), 1.0)
    assert time.monotonic() - began < 1.0
    assert run.state().status == "stopped"
    step = run.model_step()
    assert step == run.checkpoint().step
    assert run.model().reconstruct(torch.rand(1, 1, 28, 28)).shape == (1, 1, 28, 28)
    wait_until(lambda: (run.numbers("scores") or {}).get("step") == step)

    epochs = step // 10 + 2
    queue.resume(run, endless.changed({"training.epochs": epochs, "training.learning_rate": 5e-4}))
    assert run.state().active
    wait_until(ended(run))
    assert (run.state().status, run.model_step()) == ("finished", epochs * 10)
    assert {r["learning_rate"] for r in run.metrics() if r["step"] <= step} == {1e-3}
    assert {r["learning_rate"] for r in run.metrics() if r["step"] > step} == {5e-4}


def test_a_killed_worker_leaves_a_run_that_goes_on(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(lambda: run.model_step())
    wait_until(trains(run))
    os.kill(run.state().pid, signal.SIGKILL)
    wait_until(ended(run))
    assert (run.state().status, run.state().reason) == ("interrupted", "Its process ended unexpectedly.")
    assert run.metrics()
    step = run.checkpoint().step
    epochs = step // 10 + 3
    config = endless.changed({"training.epochs": epochs})
    queue.resume(run, config)
    wait_until(ended(run))
    assert run.state().status == "finished"
    steps = [r["step"] for r in run.metrics()]
    assert steps == sorted(set(steps))
    *_, last = train(config, config.dataset.load())
    assert same(run.checkpoint().model, last.checkpoint().model)


def test_two_in_line_begin_one_after_the_other(
    queue: Queue, start: Start, endless: RunConfig, small: RunConfig, wait_until: Wait
) -> None:
    first = start(endless)
    wait_until(trains(first))
    second, third = start(small), start(small)
    assert [run.id for run in queue.line()] == [second.id, third.id]
    assert (queue.place(first), queue.place(second), queue.place(third)) == (None, 1, 2)
    queue.stop(second)
    assert second.state().status == "stopped"
    assert queue.place(third) == 1
    queue.submit(second)
    assert [run.id for run in queue.line()] == [third.id, second.id], "back at the end of the line"
    queue.stop(second)
    queue.stop(first)
    wait_until(ended(third))
    assert (first.state().status, third.state().status) == ("stopped", "finished")
    assert second.metrics() == [], "a run that left the line never begins"


def test_a_run_in_training_is_not_put_in_line_again(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(trains(run))
    queue.resume(run, endless.changed({"training.learning_rate": 0.5}))
    queue.submit(run)
    assert run.state().status == "training"
    assert run.config() == endless, "it still says what it trains with"


def test_deleting_a_run_in_training_stops_it_first(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait, lives: Callable[[int], bool]
) -> None:
    run = start(endless)
    wait_until(trains(run))
    worker = run.state().pid
    queue.delete(run)
    with pytest.raises(RunNotFound):
        queue.store.get(run.id)
    wait_until(lambda: not lives(worker))
    assert not run.folder.exists(), "nothing writes it back"


def test_a_worker_that_does_not_stop_is_killed(
    queue: Queue, start: Start, endless: RunConfig, wait_until: Wait
) -> None:
    run = start(endless)
    wait_until(lambda: run.model_step())
    os.kill(run.state().pid, signal.SIGSTOP)  # it hears nothing any more
    queue.stop(run)
    wait_until(ended(run), 20)
    wait_until(lambda: run.state().status == "stopped")
    assert f"The weights of step {run.model_step():,} are kept." in run.state().reason


def test_another_process_may_put_a_run_in_line(queue: Queue, small: RunConfig, wait_until: Wait) -> None:
    run = queue.store.create(small)  # nobody tells the queue
    wait_until(ended(run))
    assert run.state().status == "finished"


def test_runs_deleted_or_damaged_in_line_hold_up_nobody(
    queue: Queue, start: Start, endless: RunConfig, small: RunConfig, wait_until: Wait
) -> None:
    first = start(endless)
    wait_until(trains(first))
    gone, broken, last = start(small), start(small), start(small)
    (broken.folder / "config.json").write_text(small.to_json().replace('"dense"', '"later-version"'))
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            queue.line()

    looking = threading.Thread(target=look)
    looking.start()
    queue.delete(gone)
    done.set()
    looking.join()
    queue.stop(first)
    wait_until(ended(last))
    assert last.state().status == "finished"
    assert not broken.readable()
