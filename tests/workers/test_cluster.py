"""Training on a Ray cluster of two nodes on this machine. The head has no cores, so that runs train on the nodes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers.cluster.node import NodeTrainer
from aecore.workers.queue import Queue

ray = pytest.importorskip("ray", reason="Ray is not installed")
Wait = Callable[..., None]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.delenv("AECORE_SLOTS", raising=False)  # a node with one core has one worker with one thread
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(2):
            cluster.add_node(wait=False, num_cpus=1)
        patch.setenv("AECORE_RAY", cluster.address)
        yield cluster
        cluster.shutdown()


@pytest.fixture(scope="module")
def queue(cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with Queue(Store(tmp_path_factory.mktemp("cluster") / "runs")) as queue:
        yield queue
    assert all(run.state().status != "training" for run in queue.store.runs())


@pytest.fixture(scope="module")
def long(small: RunConfig) -> RunConfig:
    """Settings that train for some seconds, with a record of each step."""
    return small.changed({"training.length.epochs": 50})


@pytest.fixture(scope="module")
def alone(long: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same training on this machine, without a queue."""
    run = Store(tmp_path_factory.mktemp("alone")).create(long, training=True)
    assert run_training(run).status == "finished"
    return run


def submit(queue: Queue, config: RunConfig, count: int) -> list[Run]:
    runs = [queue.store.create(config) for _ in range(count)]
    for run in runs:
        queue.submit(run)
    return runs


def losses(run: Run) -> list[object]:
    return [(r["step"], r["train"], r.get("validation")) for r in run.metrics()]


def assert_same(run: Run, alone: Run) -> None:
    state = run.state()
    assert (state.status, state.reason) == ("finished", "")
    assert equal(run.checkpoint().model, alone.checkpoint().model)
    assert equal(run.checkpoint().optimizer, alone.checkpoint().optimizer)
    assert losses(run) == losses(alone)
    assert run.results("scores") == alone.results("scores")
    assert run.results("baseline") == alone.results("baseline")


def test_everything(queue: Queue, cluster: Any, long: RunConfig, alone: Run, wait_until: Wait) -> None:
    import time
    t = time.time()
    runs = submit(queue, long, 4)
    wait_until(lambda: all(run.live() for run in runs))
    print("first pictures", time.time() - t)
    wait_until(lambda: all(not run.state().active for run in runs))
    print("done", time.time() - t)
    for run in runs:
        assert_same(run, alone)
