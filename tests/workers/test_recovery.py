"""What is recorded when a worker dies: which run is blamed, and when it is not tried again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers import recovery
from aecore.workers.marker import Marker


@pytest.fixture(scope="module")
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def die(store: Store, dead_pid: int) -> Callable[..., bool]:
    """`die(run, exit_code)`: record that a worker died while it trained `run`, or while it trained none."""

    def die(run: Run | None = None, exit_code: int | None = -9) -> bool:
        if run:
            run.change_state(status="training", pid=dead_pid, pid_created=0.0, restarts=True)
        marker = Marker(store.root, dead_pid)
        marker.write(run.id if run else "")
        return recovery.blame(store, marker, exit_code)

    return die


Die = Callable[..., bool]
MEMORY = "probably because the memory was full. Choose a smaller network or batch size."


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [
        (-9, MEMORY),
        (None, "together with the server: the machine was restarted,"),
        (-11, "(exit code -11). See .workers.log"),
        (1, "(exit code 1). See .workers.log"),
    ],
)
def test_a_run_fails_when_its_worker_dies_twice_at_the_same_point(
    store: Store, small: RunConfig, die: Die, exit_code: int | None, reason: str
) -> None:
    run, other = store.create(small), store.create(small)
    assert die(run, exit_code)
    assert (run.state().status, run.state().crash_step) == ("queued", 0)
    assert die(run, exit_code)
    assert run.state().status == "failed"
    assert reason in run.state().reason
    assert "twice" in run.state().reason
    assert other.state().status == "queued"
    assert not list(Marker.all_in(store.root))


def test_a_run_that_got_further_is_tried_again(
    store: Store, trained: Run, small: RunConfig, die: Die, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(small)
    for step in (0, 10, 20, 30):
        monkeypatch.setattr(Run, "model_step", lambda run, step=step: step)
        die(run)
        assert (run.state().status, run.state().crash_step) == ("queued", step)


@pytest.mark.parametrize("status", ["finished", "stopped", "failed"])
def test_a_run_that_ended_before_is_not_blamed(store: Store, small: RunConfig, dead_pid: int, status: str) -> None:
    run = store.create(small)
    run.change_state(status=status)
    marker = Marker(store.root, dead_pid)
    marker.write(run.id)
    assert recovery.blame(store, marker, -9)
    assert (run.state().status, run.state().crash_step) == (status, None)


def test_nobody_is_blamed_without_a_run(store: Store, small: RunConfig, die: Die, dead_pid: int) -> None:
    run = store.create(small)
    assert die(None), "it had started"
    assert run.state().crash_step is None
    assert not recovery.blame(store, Marker(store.root, dead_pid), -9), "it had not started"
    marker = Marker(store.root, dead_pid)
    marker.write("deleted-meanwhile")
    assert recovery.blame(store, marker, -9)


def test_workers_that_died_with_their_server_are_blamed_later(store: Store, small: RunConfig, dead_pid: int) -> None:
    run = store.create(small)
    run.change_state(status="training", pid=dead_pid, pid_created=0.0, restarts=True)
    Marker(store.root, dead_pid).write(run.id)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as alive:
        Marker(store.root, alive.pid).write("another")
        recovery.blame_dead_workers(store)
        assert run.state().crash_step == 0
        assert [marker.pid for marker in Marker.all_in(store.root)] == [alive.pid]


def test_only_queued_runs_fail(store: Store, small: RunConfig) -> None:
    queued, stopped = store.create(small), store.create(small)
    stopped.change_state(status="stopped")
    recovery.fail([queued, stopped], recovery.NO_START)
    assert (queued.state().status, queued.state().reason) == ("failed", recovery.NO_START)
    assert stopped.state().status == "stopped"


@pytest.mark.parametrize(("seconds", "reason"), [(None, "Cancelled while queued."), (2.5, "")])
def test_a_cancelled_run_keeps_its_time(
    store: Store, small: RunConfig, dead_pid: int, seconds: float | None, reason: str
) -> None:
    run = store.create(small)
    if seconds:  # its worker has died
        run.append_metrics({"step": 1, "epoch": 0.1, "train": {"loss": 1.0}, "seconds": seconds})
        run.change_state(status="training", pid=dead_pid, pid_created=0.0, restarts=True)
    recovery.cancel(run)
    state = run.state()
    assert (state.status, state.reason, state.seconds) == ("stopped", reason, seconds or 0.0)
