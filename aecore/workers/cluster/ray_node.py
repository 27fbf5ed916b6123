"""The cluster as the bridge sees it: its nodes, and the trainer on each, whose answers never block the bridge."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import Any

from aecore.data import Dataset
from aecore.utils.settings import settings_for_nodes
from aecore.workers.cluster.mirror import FileChange
from aecore.workers.cluster.node import NodeTrainer, RunChanges
from aecore.workers.cluster.remote_run import RemoteRun

SECONDS_TO_CONNECT = 10.0
SECONDS_TO_RECEIVE = 60.0  # the changes of a node, before it counts as lost


def connect(address: str) -> None:
    """Connect this process to a cluster; nodes get this version of the package from it.

    Raises:
        Exception: of several kinds; the cluster was not found.
    """
    import ray

    if address.count(":") == 1:  # Ray tries for minutes to reach a machine that does not answer
        host, port = address.split(":")
        socket.create_connection((host, int(port)), SECONDS_TO_CONNECT).close()
    package = str(Path(__file__).parents[2])
    runtime_env = {"py_modules": [package], "excludes": ["__pycache__"], "env_vars": settings_for_nodes()}
    ray.init(address=address, namespace="aecore", log_to_driver=False, runtime_env=runtime_env)


def alive_nodes() -> dict[str, float]:
    """Return the number of processor cores of each node that may train, by node id."""
    import ray

    resources = {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}
    return {node: float(values["CPU"]) for node, values in resources.items() if values.get("CPU", 0) > 0}


class RayNode:
    """The trainer on one node.

    Args:
        node_id: the node's id.
        cpus: number of its processor cores.
    """

    def __init__(self, node_id: str, cpus: float) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.id, self.cpus = node_id, cpus
        self.runs: dict[str, RemoteRun] = {}
        self.started_at = time.monotonic()
        self.ready = False  # whether it has answered
        self._datasets: set[str] = set()
        strategy = NodeAffinitySchedulingStrategy(node_id, soft=False)
        options = {"num_cpus": 0, "max_restarts": 0, "scheduling_strategy": strategy}
        self._actor: Any = ray.remote(NodeTrainer).options(**options).remote(max(1, int(cpus)))
        self._pending: Any = self._actor.changes.remote()

    def add_dataset(self, dataset: Dataset) -> None:
        """Give it the files of a dataset, if it does not have them.

        Raises:
            DataUnavailable: the dataset is not on this machine.
            OSError: a file cannot be read.
        """
        stored = dataset.stored_files()
        key = " ".join(sorted(stored))
        if stored and key not in self._datasets:
            self._actor.add_files.remote({name: path.read_bytes() for name, path in stored.items()})
            self._datasets.add(key)

    def submit(self, remote: RemoteRun, files: list[FileChange]) -> None:
        """Give it a run to train."""
        self._actor.submit.remote(remote.run.id, files)
        self.runs[remote.run.id] = remote

    def stop(self, run_id: str) -> None:
        """Stop a run."""
        self._actor.stop.remote(run_id)

    def resend(self, run_id: str) -> None:
        """Ask for all files of a run."""
        self._actor.resend.remote(run_id)

    def forget(self, run_id: str) -> None:
        """Delete a run that has ended there."""
        self._actor.forget.remote(run_id)
        del self.runs[run_id]

    def changes(self) -> dict[str, RunChanges] | None:
        """Return what has changed since the last call, as far as it has arrived; None if the node is lost."""
        import ray

        try:
            if self._pending is None:
                self._pending = self._actor.changes.remote()
            if not ray.wait([self._pending], timeout=0)[0]:
                return {}
            found: dict[str, RunChanges] = ray.get(self._pending, timeout=SECONDS_TO_RECEIVE)
            self._pending, self.ready = None, True
            return found
        except ray.exceptions.RayError as error:
            print(f"{time.ctime()}: node {self.id} is lost: {error}", file=sys.stderr, flush=True)
            return None

    def abandon(self) -> None:
        """End the trainer, if it is alive."""
        import ray

        ray.kill(self._actor)

    def close(self) -> Any:
        """Ask the trainer to write checkpoints and exit; the reference of its last changes."""
        return self._actor.close.remote()
