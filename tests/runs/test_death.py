"""Servers that are killed, queues that share a store, disks that are full: with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.runs.queue import Queue
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import train

REPOSITORY = Path(__file__).parents[2]
Wait = Callable[..., None]

SERVER = """
import sys, threading
from pathlib import Path
from aecore.runs.queue import Queue
from aecore.runs.store import Store
store = Store(Path(sys.argv[1]))
queue = Queue(store, slots=1)
threading.Event().wait()
"""


def serve(store: Store) -> subprocess.Popen[bytes]:
    """A process that owns a queue, like the app's server; it trains what waits in the store."""
    return subprocess.Popen([sys.executable, "-c", SERVER, str(store.root)], cwd=REPOSITORY)


def worker(run: Run, largest_file: int | None = None) -> subprocess.Popen[str]:
    """A worker for one run, in which no file may grow beyond so many bytes."""

    def limit() -> None:
        import resource

        if largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    process = subprocess.Popen(
        [sys.executable, "-m", "aecore.runs.worker"],
        stdin=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        preexec_fn=limit,
    )
    process.stdin.write(f"{run.folder}\n")
    process.stdin.flush()
    return process


def ended(*runs: Run) -> Callable[[], bool]:
    return lambda: not any(run.state().active for run in runs)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_a_killed_server_loses_nothing(
    store: Store, endless: RunConfig, small: RunConfig, wait_until: Wait, lives: Callable[[int], bool]
) -> None:
    run, waiting = store.create(endless), store.create(small)
    server = serve(store)
    try:
        wait_until(lambda: run.model_step())
        pid = run.state().pid
        assert waiting.state().status == "queued"
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not lives(pid))  # the worker diagnose by itself
    assert run.state().status == "interrupted"
    assert run.state().reason
    step = run.checkpoint().step
    assert run.metrics()[-1]["step"] == step, "the worker kept its last moment"
    assert waiting.state().status == "queued"

    epochs = step // 10 + 2
    config = endless.changed({"training.epochs": epochs})
    with Queue(store, slots=1) as queue:
        queue.resume(run, config)
        wait_until(ended(run, waiting))
    assert (run.state().status, waiting.state().status) == ("finished", "finished")
    *_, last = train(config, config.dataset.load())
    assert same(run.checkpoint().model, last.checkpoint().model)


def test_a_killed_server_and_worker_leave_the_last_checkpoint(
    store: Store, endless: RunConfig, wait_until: Wait
) -> None:
    run = store.create(endless)
    server = serve(store)
    try:
        wait_until(lambda: run.model_step())
    finally:
        for process in (run.state().pid, server.pid):
            if process:
                os.kill(process, signal.SIGKILL)
        server.wait()
    wait_until(ended(run))
    assert run.state().status == "interrupted"
    run.model()
    assert run.checkpoint()


def test_of_two_queues_on_one_store_one_leads_until_it_is_gone(
    store: Store, small: RunConfig, wait_until: Wait
) -> None:
    config = small.changed({"training.epochs": 60})
    first, second = Queue(store, slots=1), Queue(store, slots=1)
    try:
        runs = [store.create(config) for _ in range(2)]
        second.submit(runs[0])
        first.submit(runs[1])
        together: list[int] = []

        def done() -> bool:
            together.append(sum(run.state().status == "training" for run in runs))
            return ended(*runs)()

        wait_until(done)
        assert [run.state().status for run in runs] == ["finished", "finished"]
        assert max(together) == 1, "one slot is one run at a time, whoever submitted it"
        first.close()
        last = store.create(small)
        second.submit(last)
        wait_until(ended(last))
        assert last.state().status == "finished"
    finally:
        first.close()
        second.close()


def test_closing_a_queue_keeps_what_was_learned(store: Store, endless: RunConfig, wait_until: Wait) -> None:
    with Queue(store, slots=1) as queue:
        run = store.create(endless)
        queue.submit(run)
        wait_until(lambda: len(run.metrics()) > 3)
    assert run.state().status == "interrupted"
    assert "The app was closed" in run.state().reason
    assert run.metrics()[-1]["step"] == run.checkpoint().step == run.model_step()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_a_full_disk_fails_with_the_reason_and_an_intact_checkpoint(
    store: Store, small: RunConfig, wait_until: Wait
) -> None:
    config = small.changed({"network.widths": [256], "training.epochs": 5})
    run = store.create(config)
    first = worker(run)
    wait_until(lambda: run.metrics())
    run.want_stop()
    wait_until(ended(run))
    first.stdin.close()
    assert first.wait(30) == 0
    before = run.checkpoint()
    assert before.step == run.model_step()

    run.want_stop(False)
    run.write_config(config.changed({"training.epochs": 40}))
    run.change_state(status="queued")
    second = worker(run, largest_file=500_000)  # less than a checkpoint, more than all other files
    wait_until(ended(run))
    second.stdin.close()
    assert second.wait(30) == 0
    assert (run.state().status, run.state().reason.partition(".")[0]) == ("failed", "The disk is full")
    after = run.checkpoint()
    assert after.step == before.step
    assert same(after.model, before.model)
    assert same(after.optimizer, before.optimizer)
    run.model()
    assert not list(run.folder.glob(".*.safetensors.*")), "no half-written file takes up the room"

    run.change_state(status="queued")
    third = worker(run)
    wait_until(ended(run))
    third.stdin.close()
    third.wait(30)
    assert run.state().status == "finished"
    *_, last = train(run.config(), run.config().dataset.load())
    assert same(run.checkpoint().model, last.checkpoint().model)
