"""The scheduler of a worker: it trains several runs in turn, each for a slice of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from aecore.errors import UnreadableRun
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.training.train import Progress
from aecore.workers.run_lock import RunLock

SLICE_SECONDS = 0.3

Steps = Generator[Progress, None, State]


@dataclass(eq=False)
class _Share:
    """What takes turns with an owner's other runs: a run, or all runs of a sweep together."""

    sweep: str | None
    seconds: float  # of training so far; a later one starts with those of the least-served one


@dataclass(eq=False)
class _Task:
    """One run and its training."""

    run: Run
    owner: str | None
    share: _Share
    shown: bool  # whether its first reconstructions are stored
    steps: Steps | None = None  # None before the first slice
    lock: RunLock = field(init=False)

    def __post_init__(self) -> None:
        self.lock = RunLock(self.run)


class Scheduler:
    """Trains runs in turn: which one is next follows from who has waited longest.

    First come runs that are asked to stop, then those whose first reconstructions nobody has seen. The others share the
    time: equally between their owners, and each owner's time equally between the owner's runs. Somebody new starts with
    the time of the least-served one, and so neither waits nor displaces the others (start-time fair queueing, Goyal et
    al. 1996). The runs of a sweep count as one and are trained one after the other, so that results are there early.

    Args:
        execute: starts the training of a run whose training lock is held; see `aecore.runs.execute.execute`.
        mark: called with the run's id before each slice, and with an empty id when no run is left.
        report_end: called with the run's id when it is no longer trained here, once for each `add`.
    """

    def __init__(
        self,
        execute: Callable[[Run], Steps],
        mark: Callable[[str], None] = lambda run_id: None,
        report_end: Callable[[str], None] = lambda run_id: None,
    ) -> None:
        self._execute, self._mark, self._report_end = execute, mark, report_end
        self._tasks: list[_Task] = []
        self._owner_seconds: dict[str | None, float] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, run: Run) -> None:
        """Add a run, which is not among those that it already trains."""
        try:
            state = run.state()
        except UnreadableRun:  # deleted
            self._report_end(run.id)
            return
        owner = state.owner
        own = [task.share.seconds for task in self._tasks if task.owner == owner]
        if not own:
            active = {task.owner for task in self._tasks}
            self._owner_seconds[owner] = min((self._owner_seconds[other] for other in active), default=0.0)
        shares = (task.share for task in self._tasks if state.sweep and task.share.sweep == state.sweep)
        share = next(shares, None) or _Share(state.sweep, min(own, default=0.0))
        # A run that a worker has died of waits until the others are seen. Nobody watches the runs of a sweep begin.
        waits = state.crash_step is not None or state.sweep is not None
        self._tasks.append(_Task(run, owner, share, waits))

    def train_slice(self) -> bool:
        """Train the next run for a slice; return whether there was one that can be trained now."""
        now = time.monotonic()
        ready = [task for task in self._tasks if task.lock.due]
        if not ready:
            return False
        task = min(ready, key=self._priority)
        self._mark(task.run.id)
        self._train(task, others_wait=any(not other.shown for other in ready if other is not task))
        seconds = time.monotonic() - now
        task.share.seconds += seconds
        self._owner_seconds[task.owner] += seconds
        if not self._tasks:
            self._owner_seconds.clear()
            self._mark("")
        return True

    def close(self) -> None:
        """Let every run that has begun write a checkpoint; its `cancelled` must return True by now."""
        for task in list(self._tasks):
            while task.steps is not None and task in self._tasks:
                self._step(task)
        self._tasks.clear()
        self._mark("")

    def _priority(self, task: _Task) -> tuple[bool, bool, float, float, str]:
        place = task.run.id if task.share.sweep else ""  # the ids of a sweep's runs are in the order of its plan
        return not task.run.stop_requested, task.shown, self._owner_seconds[task.owner], task.share.seconds, place

    def _train(self, task: _Task, others_wait: bool) -> None:
        if task.steps is None and not self._begin(task):
            return
        deadline = time.monotonic() + SLICE_SECONDS
        while self._step(task) and time.monotonic() < deadline and not others_wait:
            pass

    def _begin(self, task: _Task) -> bool:
        try:
            if task.lock.acquire():
                task.steps = self._execute(task.run)
        except UnreadableRun:  # deleted
            self._remove(task)
        return task.steps is not None

    def _step(self, task: _Task) -> bool:
        """Take one step; return False if it was the last one."""
        assert task.steps is not None
        try:
            next(task.steps)
            task.shown = True
            return True
        except (StopIteration, UnreadableRun):  # ended, or deleted in the meantime
            self._remove(task)
            return False

    def _remove(self, task: _Task) -> None:
        self._tasks.remove(task)
        task.lock.release()
        self._report_end(task.run.id)
