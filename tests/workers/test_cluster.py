"""Training on a Ray cluster of two nodes on this machine. The head has no cores, so that runs train on the nodes."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
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
        cluster.wait_for_nodes()
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
    """Settings that train for seconds, with a record of each step: 400 steps of 250 images."""
    changes = {"dataset.images": 2500, "network.widths": (256,), "training.batch_size": 250}
    return small.changed(changes | {"training.length.epochs": 40})


@pytest.fixture(scope="module")
def alone(long: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same training on this machine, without a queue."""
    run = Store(tmp_path_factory.mktemp("alone")).create(long, training=True)
    assert run_training(run).status == "finished"
    return run


def submit(queue: Queue, *configs: RunConfig) -> list[Run]:
    runs = [queue.store.create(config) for config in configs]
    for run in runs:
        queue.submit(run)
    return runs


def ended(*runs: Run) -> Callable[[], bool]:
    return lambda: all(not run.state().active for run in runs)


def trainers(run: Run) -> list[int]:
    """Process ids of the trainers that have the run: each has a temporary folder that is named after it."""
    folders = Path(tempfile.gettempdir()).glob(f"aecore-node-*/runs/{run.id}")
    pids = [int(folder.parents[1].name.split("-")[2]) for folder in folders]
    return [pid for pid in pids if psutil.pid_exists(pid)]


def assert_same(run: Run, alone: Run) -> None:
    """The run has ended with the very numbers of the one that was trained alone."""
    assert (run.state().status, run.state().reason) == ("finished", "")
    first, second = run.checkpoint(), alone.checkpoint()
    assert equal(first.model, second.model)
    assert equal(first.optimizer, second.optimizer)
    numbers, expected = ([(r["step"], r["train"], r.get("validation")) for r in x.metrics()] for x in (run, alone))
    assert numbers == expected
    assert run.results("scores")["model"] == alone.results("scores")["model"]
    assert run.results("baseline") == pytest.approx(alone.results("baseline"))
    assert [file.name for file in run.folder.iterdir() if file.name in ("stop", ".reserve")] == []


def test_all_nodes_train_and_give_the_same_numbers(
    queue: Queue, small: RunConfig, long: RunConfig, endless: RunConfig, alone: Run, wait_until: Wait
) -> None:
    images = (np.random.default_rng(i).integers(0, 256, (40, 40), np.uint8) for i in range(40))
    own = OwnImages(collection=create_collection("Sketches", images).id, validation=5)
    pictures = small.model_copy(update={"dataset": own})
    first, second, third, stopped = submit(queue, long, long, pictures, endless)
    wait_until(lambda: all(run.live() for run in (first, second, stopped)))
    assert first.state().status == "training"
    assert {pid for run in (first, second) for pid in trainers(run)} == set(nodes_of_trainers())
    first.change_state(name="Renamed")
    wait_until(lambda: stopped.model_step() and stopped.results("baseline"))
    queue.stop(stopped)
    wait_until(ended(stopped))
    assert (stopped.state().status, stopped.state().reason) == ("stopped", "")
    assert stopped.checkpoint().step == stopped.model_step() == stopped.metrics()[-1]["step"]
    wait_until(ended(first, second, third))
    assert third.state().status == "finished", "the collection was sent"
    for run in (first, second):
        assert_same(run, alone)
    assert (first.state().name, first.state().owner, first.state().seconds > 0) == ("Renamed", None, True)
    with first.training_lock(5):
        pass
    wait_until(lambda: not trainers(first))

    queue.resume(first, long.changed({"training.length.epochs": 41}))
    wait_until(ended(first))
    assert (first.state().status, first.model_step()) == ("finished", 410)


def nodes_of_trainers() -> dict[int, int]:
    """Process ids of the trainers, and of the nodes that started them."""
    pids = [int(folder.name.split("-")[2]) for folder in Path(tempfile.gettempdir()).glob("aecore-node-*")]
    return {pid: psutil.Process(pid).ppid() for pid in pids if psutil.pid_exists(pid)}


def kill_bridge(cluster: Any, run: Run) -> None:
    os.kill(run.state().pid, signal.SIGKILL)


def kill_trainer(cluster: Any, run: Run) -> None:
    os.kill(trainers(run)[0], signal.SIGKILL)


def kill_node(cluster: Any, run: Run) -> None:
    parent = psutil.Process(trainers(run)[0]).ppid()
    raylets = {node.all_processes["raylet"][0].process.pid: node for node in cluster.worker_nodes}
    cluster.remove_node(raylets[parent], allow_graceful=False)


@pytest.mark.parametrize("kill", [kill_bridge, kill_trainer, kill_node])
def test_a_killed_process_loses_nothing(
    queue: Queue, cluster: Any, long: RunConfig, alone: Run, wait_until: Wait, kill: Callable[[Any, Run], None]
) -> None:
    runs = submit(queue, long, long)
    wait_until(lambda: all(run.model_step() for run in runs))
    assert runs[0].state().status == "training"
    kill(cluster, runs[0])
    log = runs[0].folder / "metrics.jsonl"
    wait_until(lambda: b"resumed" in log.read_bytes())
    wait_until(ended(*runs))
    for run in runs:
        assert_same(run, alone)
