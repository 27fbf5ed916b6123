"""The queue: who trains when. One process per run, so many at once as there are slots, and a warmed spare.

The line is kept in the run folders (status `queued`, by time), so any process may join a run to it. One queue per home
leads and starts workers; the others wait to take over.
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

SECONDS_TO_OBEY = 5.0  # a worker that has not stopped by then is killed
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BEFORE_SPARE = 10.0  # warming one up slows a training that has just begun
SECONDS_AFTER_TROUBLE = 5.0
SECONDS_BETWEEN_LISTINGS = 1.0  # runs that another process put in line


@dataclass
class _Job:
    """A run and the process that trains it."""

    run: Run
    process: subprocess.Popen[str]
    begun: float = field(default_factory=time.time)
    stop_seen: float | None = None


class Queue:
    """Trains the store's queued runs in order. Use as a context manager, or call `close`."""

    def __init__(self, store: Store, slots: int | None = None) -> None:
        self.store = store
        self.slots = slots or settings().slots
        self._jobs: list[_Job] = []
        self._spare: subprocess.Popen[str] | None = None
        self._pause_until = 0.0
        self._wake, self._closing = threading.Event(), threading.Event()
        store.root.mkdir(parents=True, exist_ok=True)
        self._lead = FileLock(store.root / ".queue")
        self._thread = threading.Thread(target=self._keep_going, name="queue", daemon=True)
        self._thread.start()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what pages call

    def submit(self, run: Run) -> None:
        """Put a run at the end of the line; a finished or stopped one goes on from its checkpoint.

        A run in training is left alone. Raises PermissionError for a run that came with the app.
        """
        status = run.state().status
        if status == "training":
            return
        run.want_stop(False)
        if status == "queued":  # a new run has stood in line since it was made
            self._wake.set()
            return
        run.change_state(status="queued", queued=time.time(), ended=None, reason="")
        self._wake.set()

    def resume(self, run: Run, config: RunConfig) -> None:
        """Continue a run from its checkpoint, with a config that may have more epochs or another learning rate.

        A run in training is left alone: its config says what it trains with. Raises as `submit`.
        """
        if run.state().status != "training":
            run.write_config(config)
            self.submit(run)

    def stop(self, run: Run) -> None:
        """Ask a run to stop; one that still waits leaves the line at once."""
        run.want_stop()
        if run.state().status == "queued":
            run.change_state(status="stopped", ended=time.time(), reason="Taken out of the line before it began.")
        self._wake.set()

    def delete(self, run: Run) -> None:
        """Stop a run if need be and remove it.

        Raises:
            PermissionError: the run came with the app, or its process does not let go of it.
        """
        if not run.read_only and run.state().active:
            self.stop(run)
        try:
            with run.held(SECONDS_TO_OBEY * 2):
                self.store.delete(run)
        except Timeout as error:
            raise PermissionError(f"“{run.state().name}” is still being trained; try again in a moment.") from error

    def line(self) -> list[Run]:
        """The waiting runs, first come first."""
        waiting: list[tuple[float, str, Run]] = []
        for run in self.store.runs():
            with suppress(UnreadableRun):  # deleted at this moment
                state = run.state()
                if state.status == "queued":
                    waiting.append((state.queued or 0.0, run.id, run))
        return [run for _, _, run in sorted(waiting, key=lambda entry: entry[:2])]

    def place(self, run: Run) -> int | None:
        """How many runs must end before this one begins; None if it does not wait, or is about to begin."""
        ids = [waiting.id for waiting in self.line()]
        if run.id not in ids:
            return None
        before = self._training() + ids.index(run.id)
        return before - self.slots + 1 if before >= self.slots else None

    def _training(self) -> int:
        return sum(_trains(run) for run in self.store.runs())

    def close(self) -> None:
        """Let workers keep a checkpoint and end; their runs stay, marked as interrupted."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout=SECONDS_TO_OBEY * 2)

    # -- the leading thread

    def _keep_going(self) -> None:
        listed_at = 0.0
        while not self._closing.is_set():
            hurried = self._wake.wait(SECONDS_BETWEEN_LOOKS)
            self._wake.clear()
            if not self._leads():
                continue
            try:
                self._attend()
                if hurried or time.monotonic() - listed_at > SECONDS_BETWEEN_LISTINGS:
                    listed_at = time.monotonic()
                    self._start_waiting()
            except Exception:  # no process or no file to be had: this thread must outlive it, or nobody leads any more
                traceback.print_exc()
                self._closing.wait(SECONDS_AFTER_TROUBLE)
        self._let_go()

    def _leads(self) -> bool:
        if self._lead.is_locked:
            return True
        try:
            self._lead.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return True

    def _attend(self) -> None:
        """Notice workers that ended, and kill those that do not stop when asked."""
        for job in list(self._jobs):
            if job.process.poll() is not None:
                self._jobs.remove(job)
                self._wake.set()
                if not _settle(job):
                    self._pause_until = time.monotonic() + SECONDS_AFTER_TROUBLE
            elif job.run.stop_wanted and job.stop_seen is None:
                job.stop_seen = time.monotonic()
            elif job.stop_seen and time.monotonic() - job.stop_seen > SECONDS_TO_OBEY and _trains(job.run):
                job.process.kill()
        if self._spare and self._spare.poll() is not None:  # not again and again, if workers cannot live here
            self._spare, self._pause_until = None, time.monotonic() + SECONDS_AFTER_TROUBLE
        if self._spare is None and self._is_calm():
            self._spare = _start_worker(self.store.root)

    def _is_calm(self) -> bool:
        if time.monotonic() < self._pause_until:
            return False
        busy = len(self._jobs) >= self.slots
        return not busy or all(time.time() - job.begun > SECONDS_BEFORE_SPARE for job in self._jobs)

    def _start_waiting(self) -> None:
        while len(self._jobs) < self.slots and time.monotonic() >= self._pause_until:
            busy = {job.run.id for job in self._jobs}
            run = next((run for run in self.line() if run.id not in busy), None)
            if run is None:
                return
            worker = self._spare if self._spare and self._spare.poll() is None else _start_worker(self.store.root)
            self._spare = None
            self._jobs.append(_Job(run, worker))
            with suppress(OSError):  # a worker that died is noticed by `_attend`
                assert worker.stdin
                worker.stdin.write(f"{run.folder}\n")
                worker.stdin.flush()

    def _let_go(self) -> None:
        workers = [job.process for job in self._jobs] + ([self._spare] if self._spare else [])
        for worker in workers:
            with suppress(OSError):
                assert worker.stdin
                worker.stdin.close()
        for worker in workers:
            try:
                worker.wait(SECONDS_TO_OBEY)
            except subprocess.TimeoutExpired:
                worker.kill()
        self._lead.release()


def _start_worker(root: Path) -> subprocess.Popen[str]:
    with open(root / ".workers.log", "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "aecore.runs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            text=True,
            cwd=Path(__file__).parents[2],  # where `aecore` is found, installed or not
            start_new_session=True,  # Ctrl-C in the server's terminal must not reach it before the server does
        )


def _settle(job: _Job) -> bool:
    """Give a run whose worker ended without a word its state; False if the disk refuses."""
    try:
        state = job.run.state()
        if state.status == "queued" and (state.queued or 0.0) < job.begun:
            job.run.change_state(
                status="failed",
                ended=time.time(),
                reason="The training process ended before it began. See .workers.log in the folder of the runs.",
            )
        elif state.status == "interrupted" and job.stop_seen:
            job.run.change_state(
                status="stopped",
                ended=time.time(),
                reason=f"It did not answer and was ended. {job.run.kept()}",
            )
        elif state.status == "interrupted":
            job.run.change_state(ended=time.time())
    except UnreadableRun:
        pass  # deleted
    except OSError:
        return False
    return True


def _trains(run: Run) -> bool:
    with suppress(UnreadableRun):
        return run.state().status == "training"
    return False
