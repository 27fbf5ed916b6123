"""The training queue: one worker process per run, as many in parallel as there are slots, and a warmed-up spare.

The queue is stored in the run folders (status `queued`, ordered by time), so any process may submit a run. One queue
per store is the leader and starts workers; the others wait to take over.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.settings import settings

SECONDS_TO_STOP = 5.0  # a worker that has not stopped by then is killed
SECONDS_BETWEEN_POLLS = 0.1
SECONDS_BEFORE_SPARE = 10.0  # warming up a spare slows a training that has just started
SECONDS_AFTER_ERROR = 5.0
SECONDS_BETWEEN_SCANS = 1.0  # of the store, for runs that another process submitted


@dataclass
class _Job:
    """A run and the process that trains it."""

    run: Run
    process: subprocess.Popen[str]
    started: float = field(default_factory=time.time)
    stop_seen: float | None = None


class Queue:
    """Trains the store's queued runs in order. Use it as a context manager, or call `close`."""

    def __init__(self, store: Store, slots: int | None = None) -> None:
        self.store = store
        self.slots = slots or settings().slots
        self._jobs: list[_Job] = []
        self._spare: subprocess.Popen[str] | None = None
        self._pause_until = 0.0
        self._wake, self._closing = threading.Event(), threading.Event()
        store.root.mkdir(parents=True, exist_ok=True)
        self._leader_lock = FileLock(store.root / ".queue")
        self._thread = threading.Thread(target=self._run_loop, name="queue", daemon=True)
        self._thread.start()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- called by pages

    def submit(self, run: Run) -> None:
        """Append a run to the queue; a finished or stopped run continues from its checkpoint.

        A run in training stays unchanged. Raises PermissionError for a starter model.
        """
        status = run.state().status
        if status == "training":
            return
        run.request_stop(False)
        if status != "queued":  # a new run is queued since its creation
            run.change_state(status="queued", queued=time.time(), ended=None, reason="")
        self._wake.set()

    def resume(self, run: Run, config: RunConfig) -> None:
        """Continue a run from its checkpoint with changed settings, such as more epochs or another learning rate.

        A run in training stays unchanged. Raises as `submit`.
        """
        if run.state().status != "training":
            run.write_config(config)
            self.submit(run)

    def stop(self, run: Run) -> None:
        """Ask a run to stop; a queued run is cancelled immediately."""
        run.request_stop()
        if run.state().status == "queued":
            run.change_state(status="stopped", ended=time.time(), reason="Cancelled while queued.")
        self._wake.set()

    def delete(self, run: Run) -> None:
        """Delete a run, after stopping it if necessary.

        Raises:
            PermissionError: the run is a starter model, or its process did not stop in time.
        """
        if not run.read_only and run.state().active:
            self.stop(run)
        try:
            with run.training_lock(SECONDS_TO_STOP * 2):
                self.store.delete(run)
        except Timeout as error:
            raise PermissionError(f"“{run.state().name}” is still training. Try again in a few seconds.") from error

    def queued(self) -> list[Run]:
        """List the queued runs in order."""
        return self._scan()[0]

    def position(self, run: Run) -> int | None:
        """Return how many runs must end before a queued run starts; None if it is not queued or about to start."""
        with suppress(UnreadableRun):
            if run.state().status != "queued":
                return None
        queued, training = self._scan()
        ids = [other.id for other in queued]
        if run.id not in ids:
            return None
        ahead = training + ids.index(run.id)
        return ahead - self.slots + 1 if ahead >= self.slots else None

    def _scan(self) -> tuple[list[Run], int]:
        """Scan the store once: the queued runs in order, and the number of runs in training."""
        queued: list[tuple[float, str, Run]] = []
        training = 0
        for run in self.store.runs():
            with suppress(UnreadableRun):  # deleted during the scan
                state = run.state()
                training += state.status == "training"
                if state.status == "queued":
                    queued.append((state.queued or 0.0, run.id, run))
        return [run for _, _, run in sorted(queued, key=lambda entry: entry[:2])], training

    def close(self) -> None:
        """Let workers write a checkpoint and exit; their runs are marked as interrupted."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout=SECONDS_TO_STOP * 2)

    # -- the leader's thread

    def _run_loop(self) -> None:
        scanned_at = 0.0
        while not self._closing.is_set():
            woken = self._wake.wait(SECONDS_BETWEEN_POLLS)
            self._wake.clear()
            if not self._acquire_leadership():
                continue
            try:
                self._check_workers()
                if woken or time.monotonic() - scanned_at > SECONDS_BETWEEN_SCANS:
                    scanned_at = time.monotonic()
                    self._start_queued()
            except Exception:  # no process or no file available: without this thread the store would have no leader
                traceback.print_exc()
                self._closing.wait(SECONDS_AFTER_ERROR)
        self._shut_down()

    def _acquire_leadership(self) -> bool:
        if self._leader_lock.is_locked:
            return True
        try:
            self._leader_lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return True

    def _check_workers(self) -> None:
        """Handle workers that exited, kill those that do not stop, and keep a spare."""
        for job in list(self._jobs):
            if job.process.poll() is not None:
                self._jobs.remove(job)
                self._wake.set()
                if not _record_exit(job):
                    self._pause_until = time.monotonic() + SECONDS_AFTER_ERROR
            elif job.run.stop_requested and job.stop_seen is None:
                job.stop_seen = time.monotonic()
            elif job.stop_seen and time.monotonic() - job.stop_seen > SECONDS_TO_STOP and _is_training(job.run):
                job.process.kill()
        if self._spare and self._spare.poll() is not None:  # pause, in case workers cannot start on this machine
            self._spare, self._pause_until = None, time.monotonic() + SECONDS_AFTER_ERROR
        if self._spare is None and self._may_start_spare():
            self._spare = _start_worker(self.store.root)

    def _may_start_spare(self) -> bool:
        if time.monotonic() < self._pause_until:
            return False
        busy = len(self._jobs) >= self.slots
        return not busy or all(time.time() - job.started > SECONDS_BEFORE_SPARE for job in self._jobs)

    def _start_queued(self) -> None:
        while len(self._jobs) < self.slots and time.monotonic() >= self._pause_until:
            busy = {job.run.id for job in self._jobs}
            run = next((run for run in self.queued() if run.id not in busy), None)
            if run is None:
                return
            worker = self._spare if self._spare and self._spare.poll() is None else _start_worker(self.store.root)
            self._spare = None
            self._jobs.append(_Job(run, worker))
            with suppress(OSError):  # `_check_workers` handles a worker that died
                assert worker.stdin
                worker.stdin.write(f"{run.folder}\n")
                worker.stdin.flush()

    def _shut_down(self) -> None:
        workers = [job.process for job in self._jobs] + ([self._spare] if self._spare else [])
        for worker in workers:
            with suppress(OSError):
                assert worker.stdin
                worker.stdin.close()
        for worker in workers:
            try:
                worker.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                worker.kill()
        self._leader_lock.release()


def _start_worker(root: Path) -> subprocess.Popen[str]:
    with open(root / ".workers.log", "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "aecore.runs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            text=True,
            cwd=Path(__file__).parents[2],  # where `aecore` is importable, installed or not
            start_new_session=True,  # Ctrl-C in the server's terminal must not reach it before the server
        )


def _record_exit(job: _Job) -> bool:
    """Write the state of a run whose worker exited without doing so; False if it cannot be written."""
    changes: dict[str, object] = {}
    try:
        state = job.run.state()
        if state.status == "queued" and (state.queued or 0.0) < job.started:
            reason = "The training process ended before the first step. See .workers.log in the runs folder."
            changes = {"status": "failed", "reason": reason}
        elif state.status == "interrupted" and job.stop_seen:
            reason = f"The worker did not respond and was terminated. {job.run.checkpoint_summary()}"
            changes = {"status": "stopped", "reason": reason}
        if changes or state.status == "interrupted":
            job.run.change_state(ended=time.time(), **changes)
    except UnreadableRun:
        pass  # deleted
    except OSError:
        return False
    return True


def _is_training(run: Run) -> bool:
    with suppress(UnreadableRun):
        return run.state().status == "training"
    return False
