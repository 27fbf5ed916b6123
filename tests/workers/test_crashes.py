"""Killed servers, queues that share a store and full disks, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Progress, train
from aecore.workers import queue as queue_module
from aecore.workers import recovery, worker_process
from aecore.workers.marker import Marker
from aecore.workers.queue import Queue

REPOSITORY = Path(__file__).parents[2]
Wait = Callable[..., None]

SERVER = """
import sys, threading
from pathlib import Path
from aecore.workers.queue import Queue
from aecore.runs.store import Store
store = Store(Path(sys.argv[1]))
queue = Queue(store, slots=1, runs_per_slot=int(sys.argv[2]))
threading.Event().wait()
"""


def serve(store: Store, runs_per_slot: int = 1) -> subprocess.Popen[bytes]:
    """Start a process with a queue, like the app's server; it trains the queued runs of the store."""
    return subprocess.Popen([sys.executable, "-c", SERVER, str(store.root), str(runs_per_slot)], cwd=REPOSITORY)


def start_worker(run: Run, max_file_bytes: int) -> subprocess.Popen[str]:
    """Start a worker for one run, whose files have a limited size."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))

    process = subprocess.Popen(
        [sys.executable, "-m", "aecore.workers.worker", str(run.folder.parent)],
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


def test_a_killed_server_loses_no_training(
    store: Store, endless: RunConfig, small: RunConfig, wait_until: Wait, is_running: Callable[[int], bool]
) -> None:
    run, queued = store.create(endless), store.create(small)
    server = serve(store)
    try:
        wait_until(lambda: run.model_step())
        pid = run.state().pid
        assert queued.state().status == "queued"
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not is_running(pid))  # the worker exits by itself
    assert run.state().status == queued.state().status == "queued"
    step = run.checkpoint().step
    assert run.metrics()[-1]["step"] == step, "the worker recorded its last step"

    config = endless.changed({"training.length.epochs": step // 10 + 2})
    run.write_config(config)
    with Queue(store, slots=1):
        wait_until(ended(run, queued))
    assert (run.state().status, queued.state().status) == ("finished", "finished")
    *_, last = train(config, config.dataset.load())
    assert equal(run.checkpoint().model, last.checkpoint().model)


def test_all_runs_of_a_worker_whose_server_was_killed_are_written(
    store: Store, endless: RunConfig, wait_until: Wait, is_running: Callable[[int], bool]
) -> None:
    runs = [store.create(endless) for _ in range(3)]
    server = serve(store, runs_per_slot=3)
    try:
        wait_until(lambda: all(run.model_step() for run in runs))
        pid = runs[0].state().pid
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not is_running(pid))
    for run in runs:
        assert run.state().status == "queued"
        assert run.metrics()[-1]["step"] == run.model_step(), "the worker recorded its last step"
    assert "Traceback" not in (store.root / ".workers.log").read_text(encoding="utf-8")


def test_a_run_continues_by_itself_when_server_and_worker_were_killed(
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
    wait_until(lambda: run.state().status == "queued")  # once the worker is dead
    step = run.checkpoint().step
    run.model()
    config = endless.changed({"training.length.epochs": step // 10 + 2})
    run.write_config(config)
    with Queue(store, slots=1):
        wait_until(ended(run))
    assert run.state().status == "finished"
    *_, last = train(config, config.dataset.load())
    assert equal(run.checkpoint().model, last.checkpoint().model)


def test_one_of_two_queues_leads_until_it_is_closed(store: Store, small: RunConfig, wait_until: Wait) -> None:
    config = small.changed({"training.length.epochs": 60})
    first, second = (Queue(store, slots=1, runs_per_slot=1) for _ in range(2))
    try:
        runs = [store.create(config) for _ in range(2)]
        second.submit(runs[0])
        first.submit(runs[1])
        training_counts: list[int] = []

        def done() -> bool:
            training_counts.append(sum(run.state().status == "training" for run in runs))
            return ended(*runs)()

        wait_until(done)
        assert [run.state().status for run in runs] == ["finished", "finished"]
        assert max(training_counts) == 1, "one slot trains one run at a time, from either queue"
        first.close()
        last = store.create(small)
        second.submit(last)
        wait_until(ended(last))
        assert last.state().status == "finished"
    finally:
        first.close()
        second.close()


def test_closing_a_queue_writes_a_checkpoint_and_keeps_the_run_queued(
    store: Store, endless: RunConfig, wait_until: Wait
) -> None:
    with Queue(store, slots=1) as queue:
        run = store.create(endless)
        queue.submit(run)
        wait_until(lambda: len(run.metrics()) > 3)
    assert (run.state().status, run.state().reason) == ("queued", "")
    assert run.metrics()[-1]["step"] == run.checkpoint().step == run.model_step()


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits need POSIX")
def test_a_full_disk_fails_the_run_with_an_intact_checkpoint(store: Store, small: RunConfig, wait_until: Wait) -> None:
    config = small.changed({"network.widths": [256], "training.length.epochs": 5})
    run = store.create(config, training=True)

    def stop_early(progress: Progress) -> None:
        if progress.step == 15:
            run.request_stop()

    assert run_training(run, stop_early).status == "stopped"
    before = run.checkpoint()
    assert before.step == run.model_step()

    run.request_stop(False)
    run.write_config(config.changed({"training.length.epochs": 40}))
    run.change_state(status="queued")
    worker = start_worker(run, max_file_bytes=500_000)  # less than a checkpoint, more than all other files
    wait_until(ended(run))
    worker.stdin.close()
    assert worker.wait(30) == 0
    assert (run.state().status, run.state().reason.partition(".")[0]) == ("failed", "The disk is full")
    after = run.checkpoint()
    assert after.step == before.step
    assert equal(after.model, before.model)
    assert equal(after.optimizer, before.optimizer)
    run.model()
    assert not list(run.folder.glob(".*.safetensors.*")), "no partial file takes up space"

    run.change_state(status="queued")
    assert run_training(run).status == "finished"
    *_, last = train(run.config(), run.config().dataset.load())
    assert equal(run.checkpoint().model, last.checkpoint().model)


def test_runs_of_one_worker_give_the_same_numbers_as_alone(
    store: Store, small: RunConfig, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [small.changed({"training.seed": seed, "training.length.epochs": 20}) for seed in range(3)]
    runs = [store.create(config, owner=str(i)) for i, config in enumerate(configs)]
    pids: set[int | None] = set()

    def all_training() -> bool:
        pids.update(run.state().pid for run in runs)
        return all(run.state().status == "training" for run in runs)

    with Queue(store, slots=1) as queue:
        wait_until(all_training)
        worker = runs[0].state().pid
        assert pids <= {None, worker}, "one process trains all three"
        wait_until(lambda: all(run.model_step() for run in runs))
        os.kill(worker, signal.SIGKILL)  # it takes no run with it
        wait_until(ended(*runs))
        assert queue.queued() == []
    for run, config in zip(runs, configs, strict=True):
        assert run.state().status == "finished"
        *_, last = train(config, config.dataset.load())
        assert equal(run.checkpoint().model, last.checkpoint().model)


def test_a_run_that_kills_its_worker_fails_and_others_finish(
    store: Store, small: RunConfig, endless: RunConfig, wait_until: Wait
) -> None:
    """A worker is killed in the first step of a run, as the system does when memory is full."""
    deadly, other = store.create(endless), store.create(endless, owner="other")
    killed: set[int] = set()

    def kill_its_worker() -> bool:
        state = deadly.state()
        if state.status == "training" and state.pid not in killed and deadly.model_step() is None:
            for marker in Marker.all_in(store.root):
                if marker.read() == deadly.id and marker.pid == state.pid:
                    os.kill(marker.pid, signal.SIGKILL)
                    killed.add(marker.pid)
        return state.status == "failed"

    with Queue(store, slots=1) as queue:
        wait_until(kill_its_worker)
        assert len(killed) == 2
        assert "probably because the memory was full" in deadly.state().reason
        wait_until(lambda: other.state().status == "training")
        queue.stop(other)
        wait_until(ended(other))
    assert other.state().status == "stopped"


def test_workers_that_cannot_start_fail_their_runs(
    store: Store, small: RunConfig, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "SECONDS_AFTER_ERROR", 0.0)
    monkeypatch.setattr(worker_process.sys, "executable", "/bin/false")
    run = store.create(small)
    with Queue(store, slots=1):
        wait_until(ended(run))
    assert (run.state().status, run.state().reason) == ("failed", recovery.NO_START)
