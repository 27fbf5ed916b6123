"""The training queue: it gives queued runs to worker processes, each of which trains several in turn.

The queue is stored in the run folders (status `queued`, ordered by time), so any process may submit a run. One queue
per store is the leader and starts workers; the others wait to take over. A worker that dies takes no run with it: its
runs count as queued again, and the next worker continues them from their checkpoints.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable
from contextlib import suppress

from filelock import Timeout

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.files import disk_error_message
from aecore.utils.locks import file_lock
from aecore.utils.settings import settings
from aecore.workers import changes, recovery
from aecore.workers.worker_process import WorkerProcess

SECONDS_TO_STOP = 15.0  # a worker that trains a run for longer than this after it was asked to stop is killed
SECONDS_TO_RESPOND = 60.0  # the same while it trains another run
SECONDS_TO_EXIT = 10.0  # in which all runs of a worker write checkpoints
SECONDS_BETWEEN_POLLS = 0.1
SECONDS_BETWEEN_SCANS = 1.0  # of the store, for runs that ended or that another process submitted
SECONDS_AFTER_ERROR = 5.0
SECONDS_IDLE = 60.0  # after which all idle workers but one exit
RUNS_PER_CLUSTER = 10_000  # the nodes of a cluster have limits of their own
MAX_FAILED_STARTS = 3  # of workers in a row, before the runs given to them fail


class Queue:
    """Trains the store's queued runs. Use it as a context manager, or call `close`.

    Args:
        store: the runs.
        slots: number of worker processes; default: from the settings. With a Ray cluster one process, the bridge to it.
        runs_per_slot: number of runs that a worker trains in turn; default: from the settings. Others wait.
    """

    def __init__(self, store: Store, slots: int | None = None, runs_per_slot: int | None = None) -> None:
        self.store = store
        self.slots, self.runs_per_slot = slots or settings().slots, runs_per_slot or settings().runs_per_slot
        self._worker = "aecore.workers.worker"
        if settings().ray:
            self.slots, self.runs_per_slot = 1, RUNS_PER_CLUSTER
            self._worker = "aecore.workers.cluster.bridge"
        self._workers: list[WorkerProcess] = []
        self._stops: dict[str, float] = {}  # run id: when the request to stop was seen
        self._failed_starts = 0
        self._pause_until = 0.0
        self.leads = False  # whether it starts the workers
        self.problem: str | None = None  # why no run can start at the moment
        self._wake, self._closing = threading.Event(), threading.Event()
        store.root.mkdir(parents=True, exist_ok=True)
        self._leader_lock = file_lock(store.root / ".queue")
        self._thread = threading.Thread(target=self._run_loop, name="queue", daemon=True)
        self._thread.start()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- called by pages

    def submit(self, run: Run, max_seconds: float | None = None) -> None:
        """Append a run to the queue; a finished or stopped run continues from its checkpoint.

        A run in training stays unchanged. Raises PermissionError for a starter model.

        Args:
            run: the run.
            max_seconds: longest training over all resumptions, for a run that continues; default: no limit.
        """
        status = run.state().status
        if status == "training":
            return
        run.request_stop(False)
        if status != "queued":  # a new run is queued since its creation
            changes = {"status": "queued", "queued": time.time(), "ended": None, "reason": "", "crash_step": None}
            run.change_state(**changes, max_seconds=max_seconds)
        self._wake.set()

    def resume(self, run: Run, config: RunConfig, max_seconds: float | None = None) -> None:
        """Continue a run from its checkpoint with changed settings, such as a greater length or another learning rate.

        A run in training stays unchanged. Raises as `submit`.
        """
        if run.state().status != "training":
            run.write_config(config)
            self.submit(run, max_seconds)

    def stop(self, run: Run) -> None:
        """Ask a run to stop; a queued run is cancelled immediately."""
        changes.stop(run)
        self._wake.set()

    def delete(self, run: Run) -> None:
        """Delete a run, after stopping it if necessary.

        Raises:
            PermissionError: the run is a starter model, or its process did not stop in time.
        """
        changes.delete(self.store, run)
        self._wake.set()

    def queued(self) -> list[Run]:
        """List the queued runs in order, with those that a worker is about to begin."""
        return [entry.run for entry in _in_order(self.store.entries(max_age=0.0))]

    def position(self, run: Run) -> int | None:
        """Return how many runs must end before a queued run starts; None if it is not queued or about to start.

        The runs of a sweep wait for those before them, since workers train them one after the other.
        """
        sweep = None
        with suppress(UnreadableRun):
            state = run.state()
            if state.status != "queued":
                return None
            sweep = state.sweep
        entries = self.store.entries()
        training = sum(entry.state.status == "training" for entry in entries)
        ids = [entry.run.id for entry in _in_order(entries)]
        ahead = training + ids.index(run.id) if run.id in ids else 0
        capacity = self.slots * self.runs_per_slot
        siblings = [entry for entry in entries if sweep is not None and entry.state.sweep == sweep]
        before = sum(entry.state.active and entry.run.id < run.id for entry in siblings)
        return max(ahead - capacity, before - self.slots, -1) + 1 or None

    def close(self) -> None:
        """Let workers write checkpoints and exit; their runs stay queued, and the next queue continues them."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout=SECONDS_TO_EXIT * 2)

    # -- the leader's thread

    def _run_loop(self) -> None:
        scanned_at = 0.0
        while not self._closing.is_set():
            woken = self._wake.wait(SECONDS_BETWEEN_POLLS)
            self._wake.clear()
            try:
                leads = self._acquire_leadership()
                self.problem = None
                if not leads:
                    continue
                self._replace_dead_workers()
                if woken or time.monotonic() - scanned_at > SECONDS_BETWEEN_SCANS:
                    scanned_at = time.monotonic()
                    for worker in self._workers:
                        worker.release_ended()
                    self._assign_queued()
                    self._end_unresponsive()
                    self._end_idle()
            except Exception as error:  # no process or file available: without this thread there would be no leader
                traceback.print_exc()
                if isinstance(error, OSError):
                    self.problem = disk_error_message(self.store.root, error)
                self._closing.wait(SECONDS_AFTER_ERROR)
        self._shut_down()

    def _acquire_leadership(self) -> bool:
        if self.leads:
            return True
        try:
            self._leader_lock.acquire(timeout=0)
        except Timeout:
            return False
        self.leads = True
        recovery.blame_dead_workers(self.store)
        return True

    def _replace_dead_workers(self) -> None:
        for worker in [worker for worker in self._workers if worker.exit_code is not None]:
            self._workers.remove(worker)
            self._wake.set()
            trained = recovery.blame(self.store, worker.marker, worker.exit_code)
            self._failed_starts = 0 if trained else self._failed_starts + 1
            if not trained:
                self._pause_until = time.monotonic() + SECONDS_AFTER_ERROR
            if self._failed_starts >= MAX_FAILED_STARTS:
                recovery.fail(worker.runs, recovery.NO_START)
                self._failed_starts = 0
        if not self._workers and self._may_start():
            self._start_worker()

    def _start_worker(self) -> None:
        self._workers.append(WorkerProcess(self.store.root, on_end=self._wake.set, module=self._worker))

    def _may_start(self) -> bool:
        return time.monotonic() >= self._pause_until

    def _assign_queued(self) -> None:
        """Give queued runs to the workers with the fewest runs; start more workers while all have some."""
        assigned = {run.id for worker in self._workers for run in worker.runs}
        for run in self.queued():
            if run.id in assigned:
                continue
            if run.stop_requested:  # its worker died meanwhile
                recovery.cancel(run)
                continue
            if all(worker.runs for worker in self._workers) and len(self._workers) < self.slots and self._may_start():
                self._start_worker()
            worker = min(self._workers, key=lambda worker: len(worker.runs), default=None)
            if worker is None or len(worker.runs) >= self.runs_per_slot:
                return
            worker.assign(run)

    def _end_unresponsive(self) -> None:
        """Kill workers that do not stop a run in time."""
        asked = [(worker, run) for worker in self._workers for run in worker.runs if run.stop_requested]
        now = time.monotonic()
        self._stops = {run.id: self._stops.get(run.id, now) for _, run in asked}
        for worker, run in asked:
            limit = SECONDS_TO_STOP if worker.marker.read() == run.id else SECONDS_TO_RESPOND
            waited = min(now - self._stops[run.id], worker.marker.age())
            if waited > limit and worker.exit_code is None and _is_training(run):
                worker.kill()
                recovery.stop_unresponsive(run)

    def _end_idle(self) -> None:
        idle = [w for w in self._workers if not w.runs and time.monotonic() - w.idle_since > SECONDS_IDLE]
        for worker in idle[: len(self._workers) - 1]:
            self._workers.remove(worker)
            worker.request_exit()

    def _shut_down(self) -> None:
        for worker in self._workers:
            worker.request_exit()
        deadline = time.monotonic() + SECONDS_TO_EXIT
        for worker in self._workers:
            worker.wait(max(0.0, deadline - time.monotonic()))
        self._leader_lock.release()
        self.leads = False


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The queued entries, in the order in which they start."""
    queued = (entry for entry in entries if entry.state.status == "queued")
    return sorted(queued, key=lambda entry: (entry.state.queued or 0.0, entry.run.id))


def _is_training(run: Run) -> bool:
    with suppress(UnreadableRun):
        return run.state().status == "training"
    return False
