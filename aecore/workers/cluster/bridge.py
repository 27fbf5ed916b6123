"""The bridge: a process in place of a worker, which has the runs that it is given trained on the nodes of a cluster.

It speaks the protocol of `aecore.workers.worker`. Each node trains runs in a folder of its own; the bridge copies their
files here a few times a second. The runs of a node that is lost continue on another one from these copies.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aecore.errors import DataUnavailable, UnreadableRun
from aecore.runs.run import Run
from aecore.utils.settings import settings
from aecore.workers.cluster import ray_node
from aecore.workers.cluster.node import RunChanges
from aecore.workers.cluster.ray_node import RayNode
from aecore.workers.cluster.remote_run import RemoteRun
from aecore.workers.marker import Marker
from aecore.workers.worker import read_input

SECONDS_BETWEEN_STEPS = 0.2  # of the bridge; it reads changes once in each
SECONDS_BETWEEN_LOOKS = 1.0  # for nodes that have joined or left
SECONDS_BETWEEN_TRIES = 5.0  # to connect to the cluster
SECONDS_TO_START = 60.0  # for which runs wait for a node; on two slow cores it takes 20
SECONDS_TO_CLOSE = 7.0  # in which nodes return the last checkpoints; less than `queue.SECONDS_TO_EXIT`
MAX_BACKOFF = 300.0  # seconds until a trainer is started again on a node on which it fails

NO_RAY = "Ray is not installed. Run `pip install ray` and restart the app, or unset AECORE_RAY."


class Bridge:
    """Distributes runs to the nodes of the cluster and mirrors them.

    Args:
        report_end: called with the run's id when it is no longer trained, once for each `add`.
    """

    def __init__(self, report_end: Callable[[str], None]) -> None:
        self._report_end = report_end
        self._waiting: list[RemoteRun] = []
        self._nodes: dict[str, RayNode] = {}
        self._failures: dict[str, int] = {}  # by node id, since it last answered
        self._not_before: dict[str, float] = {}  # by node id: when to start a trainer there again
        self._looked_at = float("-inf")

    def add(self, run: Run) -> None:
        """Add a run."""
        self._waiting.append(RemoteRun(run))

    def step(self) -> None:
        """Do what is due now. Raises OSError."""
        if time.monotonic() - self._looked_at > SECONDS_BETWEEN_LOOKS:
            self._looked_at = time.monotonic()
            self._update_nodes()
        self._assign()
        for node in list(self._nodes.values()):
            self._forward_stops(node)
            changes = node.changes()
            if changes is None:
                self._lose(node)
                continue
            if node.ready:
                self._failures.pop(node.id, None)
            self._write(node, changes)

    def close(self) -> None:
        """Let the nodes write checkpoints, copy them, and put the runs back into the queue. Raises OSError."""
        import ray

        nodes = {node.close(): node for node in self._nodes.values() if node.ready}
        if nodes:
            for reference in ray.wait(list(nodes), num_returns=len(nodes), timeout=SECONDS_TO_CLOSE)[0]:
                try:
                    self._write(nodes[reference], ray.get(reference, timeout=1))
                except ray.exceptions.RayError:
                    traceback.print_exc()  # the last copies remain
        for node in self._nodes.values():
            for remote in node.runs.values():
                remote.requeue()

    def _update_nodes(self) -> None:
        alive = ray_node.alive_nodes()
        for node_id in self._nodes.keys() - alive:
            self._lose(self._nodes[node_id])
        for node_id in alive.keys() - self._nodes:
            if time.monotonic() >= self._not_before.get(node_id, 0.0):
                self._nodes[node_id] = RayNode(node_id, alive[node_id])

    def _lose(self, node: RayNode) -> None:
        del self._nodes[node.id]
        node.abandon()
        self._failures[node.id] = failures = self._failures.get(node.id, 0) + 1
        self._not_before[node.id] = time.monotonic() + min(2.0**failures, MAX_BACKOFF)
        for remote in node.runs.values():
            remote.node_lost()
        self._waiting = [*node.runs.values(), *self._waiting]

    def _assign(self) -> None:
        # A run waits for a node that is about to start, if it would have more time there than among those that train.
        planned = {node: len(node.runs) for node in self._nodes.values() if node.ready or self._is_starting(node)}
        for remote in list(self._waiting):
            if not remote.is_queued():
                self._end(remote)
            elif planned and remote.is_ready():
                node = min(planned, key=lambda node: planned[node] / node.cpus)
                planned[node] += 1
                if node.ready:
                    self._begin(remote, node)

    def _is_starting(self, node: RayNode) -> bool:
        return node.id not in self._failures and time.monotonic() - node.started_at < SECONDS_TO_START

    def _begin(self, remote: RemoteRun, node: RayNode) -> None:
        try:
            node.add_dataset(remote.run.config().dataset)
            node.submit(remote, remote.begin())
            self._waiting.remove(remote)
        except DataUnavailable as error:
            remote.fail(str(error))
            self._end(remote)
        except UnreadableRun:  # deleted
            self._end(remote)

    def _forward_stops(self, node: RayNode) -> None:
        for run_id, remote in node.runs.items():
            if not remote.stop_forwarded and remote.run.stop_requested:
                remote.stop_forwarded = True
                node.stop(run_id)

    def _write(self, node: RayNode, changes: dict[str, RunChanges]) -> None:
        for run_id, change in changes.items():
            remote = node.runs.get(run_id)
            if remote is None:
                continue
            try:
                remote.update(change)
            except UnreadableRun:  # deleted
                node.stop(run_id)
            except OSError:  # the disk is full, or the folder was deleted
                traceback.print_exc()
                if remote.run.folder.exists():
                    node.resend(run_id)
                    continue
                node.stop(run_id)
            if change.done:
                node.forget(run_id)
                self._end(remote)

    def _end(self, remote: RemoteRun) -> None:
        if remote in self._waiting:
            self._waiting.remove(remote)
        remote.release()
        self._report_end(remote.run.id)


def main(root: Path) -> int:
    """Have runs of the folder `root` trained until the input closes; the exit code."""
    output, sys.stdout = sys.stdout, sys.stderr  # for the queue; what libraries print goes to the log
    lines: queue.Queue[str] = queue.Queue()
    orphaned = threading.Event()
    threading.Thread(target=read_input, args=(lines, orphaned), daemon=True).start()
    report_end = partial(print, file=output, flush=True)
    marker = Marker(root, os.getpid())
    try:
        marker.write()
        if importlib.util.find_spec("ray") is None:
            _refuse(lines, report_end)
        elif _connect(marker, orphaned):
            _run(Bridge(report_end), lines, orphaned, marker)
    finally:
        marker.remove()
    return 0


def _refuse(lines: queue.Queue[str], report_end: Callable[[str], None]) -> None:
    print(NO_RAY, file=sys.stderr, flush=True)
    while line := lines.get():
        remote = RemoteRun(Run(Path(line)))
        if remote.is_queued():
            remote.fail(NO_RAY)
        report_end(remote.run.id)


def _connect(marker: Marker, orphaned: threading.Event) -> bool:
    """Connect to the cluster, which may start later; return False when the input has closed meanwhile."""
    address, done = settings().ray or "auto", threading.Event()
    threading.Thread(target=_exit_if_orphaned, args=(marker, orphaned, done), daemon=True).start()
    while not orphaned.is_set():
        try:
            ray_node.connect(address)
        except Exception as error:  # Ray raises several kinds
            print(f"{time.ctime()}: no Ray cluster at {address}: {error}", file=sys.stderr, flush=True)
            orphaned.wait(SECONDS_BETWEEN_TRIES)
        else:
            done.set()
            return True
    return False


def _exit_if_orphaned(marker: Marker, orphaned: threading.Event, connected: threading.Event) -> None:
    """Exit though the main thread waits for a cluster that does not answer: no run has begun yet."""
    orphaned.wait()
    if not connected.is_set():
        marker.remove()
        os._exit(0)


def _run(bridge: Bridge, lines: queue.Queue[str], orphaned: threading.Event, marker: Marker) -> None:
    while not orphaned.is_set():
        wait = SECONDS_BETWEEN_STEPS
        try:
            while line := lines.get(timeout=wait):
                bridge.add(Run(Path(line)))
                wait = 0.001
        except queue.Empty:
            marker.write()  # its age tells the queue that the bridge responds
        try:
            bridge.step()
        except OSError:  # a full disk; the copies are a little older until there is space
            traceback.print_exc()
    bridge.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
