"""The state of a run: where it stands in its life, and whether the process that trains it still lives."""

from __future__ import annotations

import json
import os
import time
from typing import Literal

import psutil
from pydantic import Field

from aecore.options.registry import FrozenModel
from aecore.runs.migrations import migrate_state, versioned

Status = Literal["queued", "training", "finished", "stopped", "interrupted", "failed"]

#: States in which someone works, or will work, on the run.
ACTIVE: frozenset[Status] = frozenset({"queued", "training"})


class State(FrozenModel):
    """What `state.json` holds. Times are seconds since 1970."""

    status: Status
    name: str
    recipe: str | None = None
    created: float = Field(default_factory=time.time)
    queued: float | None = None
    started: float | None = None
    ended: float | None = None
    seconds: float = 0.0  # spent in training, over all continuations
    reason: str = ""
    pid: int | None = None
    pid_created: float | None = None  # tells a process from a later one with the same number

    @classmethod
    def read(cls, content: bytes) -> State:
        """The state in a `state.json` of any version. Raises ValueError where it is damaged, UnreadableRun."""
        return cls.model_validate(migrate_state(json.loads(content)))

    def to_file(self) -> bytes:
        """The content of `state.json`."""
        return json.dumps(versioned(self.model_dump(mode="json")), indent=2).encode()

    def now(self) -> State:
        """The state as it really is: a run whose process is gone was interrupted, whoever failed to write it down."""
        if self.status != "training" or _alive(self.pid, self.pid_created):
            return self
        return self.changed(status="interrupted", reason=self.reason or "Its process ended unexpectedly.")

    def changed(self, **changes: object) -> State:
        """A copy with some fields changed, validated."""
        return State.model_validate(self.model_dump() | changes)

    @property
    def active(self) -> bool:
        """Whether it waits for its turn or trains."""
        return self.status in ACTIVE


def this_process() -> dict[str, object]:
    """The fields that name the calling process."""
    return {"pid": os.getpid(), "pid_created": psutil.Process().create_time()}


def _alive(pid: int | None, created: float | None) -> bool:
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - (created or 0)) < 1)
    except psutil.Error:
        return False
