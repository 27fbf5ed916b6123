"""The bridge without a cluster: Ray is missing, no cluster responds, and what it does with runs that cannot begin."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers.cluster import bridge, remote_run
from aecore.workers.cluster.mirror import FileChange
from aecore.workers.cluster.node import RunChanges
from aecore.workers.cluster.remote_run import RemoteRun
from aecore.workers.queue import Queue


@pytest.fixture
def run(store: Store, small: RunConfig) -> Run:
    return store.create(small)


@pytest.fixture
def remote(run: Run) -> RemoteRun:
    remote = RemoteRun(run)
    assert remote.is_ready()
    return remote


def test_without_ray_runs_fail_with_what_to_install(run: Run, store: Store, small: RunConfig) -> None:
    cancelled = store.create(small)
    cancelled.change_state(status="stopped")
    lines: queue.Queue[str] = queue.Queue()
    for line in (run.folder, cancelled.folder, ""):
        lines.put(str(line))
    ended: list[str] = []
    bridge._refuse(lines, ended.append)
    assert ended == [run.id, cancelled.id]
    assert (run.state().status, cancelled.state().status) == ("failed", "stopped")
    assert "pip install ray" in run.state().reason


def test_without_a_cluster_runs_wait_and_can_be_cancelled(
    store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.setenv("AECORE_RAY", "127.0.0.1:1")
    log = store.root / ".workers.log"
    with Queue(store) as queue:
        run = store.create(small)
        queue.submit(run)
        wait_until(lambda: log.exists() and "no Ray cluster at 127.0.0.1:1" in log.read_text(encoding="utf-8"))
        assert (run.state().status, queue.position(run)) == ("queued", None)
        queue.stop(run)
        assert run.state().status == "stopped"
    assert not list(store.root.glob(".worker-*")), "the bridge has exited"


def changes(run: Run, **state: object) -> RunChanges:
    return RunChanges([FileChange("state.json", run.state().changed(**state).to_file())], done=False)


def test_a_run_is_updated_but_keeps_what_was_changed_here(run: Run, remote: RemoteRun) -> None:
    sent = {file.path for file in remote.begin()}
    assert {"config.json", "state.json"} <= sent
    assert (run.state().status, run.state().restarts) == ("training", True)
    run.change_state(name="Renamed")
    remote.update(changes(run, status="queued", name="Old", crash_step=3))
    assert (run.state().status, run.state().name, run.state().crash_step) == ("training", "Renamed", 3)
    finished = changes(run, status="finished", name="Old", seconds=2.0, ended=5.0)
    remote.update(finished)
    assert (run.state().status, run.state().name, run.state().seconds) == ("finished", "Renamed", 2.0)
    run.change_state(status="queued")  # continued before the node is done with it
    remote.update(finished)
    assert run.state().status == "queued"


def test_a_run_that_is_lost_with_its_nodes_again_and_again_fails(
    run: Run, remote: RemoteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter([None, None, 10, 10, 10])
    monkeypatch.setattr(Run, "model_step", lambda self: next(steps, 10))
    for _ in range(4):
        remote.begin()
        remote.node_lost()
        assert run.state().status == "queued"
    remote.begin()
    remote.node_lost()
    assert run.state().status == "failed"
    assert f"lost with its node of the Ray cluster {remote_run.MAX_LOST_NODES} times" in run.state().reason
    assert "The weights of step 10 are available" in run.state().reason


def test_waits_for_a_run_that_another_process_trains(run: Run) -> None:
    remote = RemoteRun(run)
    with run.training_lock():
        assert not RemoteRun(Run(Path(run.folder))).is_ready()
    assert remote.is_ready()
    assert remote.is_queued()
