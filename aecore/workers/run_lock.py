"""The training lock of a run that a process has been given, and that another may not have released yet."""

from __future__ import annotations

import time
from contextlib import ExitStack

from filelock import Timeout

from aecore.runs.run import Run

SECONDS_BETWEEN_TRIES = 0.5


class RunLock:
    """The training lock of one run, tried again and again without waiting for it."""

    def __init__(self, run: Run) -> None:
        self.held = False
        self._run = run
        self._lock = ExitStack()
        self._not_before = 0.0  # monotonic time

    @property
    def due(self) -> bool:
        """Whether `acquire` succeeds or is worth another try."""
        return self.held or time.monotonic() >= self._not_before

    def acquire(self) -> bool:
        """Acquire the lock if it is due and free; return whether it is held. Raises UnreadableRun for a deleted run."""
        if not self.held and self.due:
            try:
                self._lock.enter_context(self._run.training_lock(0))
                self.held = True
            except Timeout:
                self._not_before = time.monotonic() + SECONDS_BETWEEN_TRIES
        return self.held

    def release(self) -> None:
        """Release the lock, if it is held."""
        self._lock.close()
        self.held = False
