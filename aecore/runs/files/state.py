"""The state of a run: its status, and whether the process that trains it is alive."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import psutil
from pydantic import AfterValidator, Field

from aecore.options.registry import FrozenModel
from aecore.runs.files.migrations import migrate_state, versioned
from aecore.runs.files.schemas import Seconds
from aecore.utils.one_line import one_line
from aecore.utils.strict_json import read_json, to_json

Status = Literal["queued", "training", "finished", "stopped", "interrupted", "failed"]

#: Statuses of runs that are being trained or will be.
ACTIVE: frozenset[Status] = frozenset({"queued", "training"})


class State(FrozenModel):
    """The content of `state.json`. Times are in seconds since 1970."""

    status: Status
    name: Annotated[str, AfterValidator(one_line)]
    recipe: str | None = None
    owner: str | None = None  # id of the visitor who created it; None: the owner of the machine
    sweep: str | None = None  # id of the sweep that it is part of
    max_seconds: float | None = None  # of training over all resumptions, after which it is stopped; None: no limit
    created: Seconds = Field(default_factory=time.time)
    queued: Seconds | None = None
    started: Seconds | None = None
    ended: Seconds | None = None
    seconds: Seconds = 0.0  # spent in training, over all resumptions
    reason: str = ""
    pid: int | None = Field(None, ge=0, lt=2**31)
    pid_created: float | None = None  # in seconds since `boot`: distinguishes processes with the same pid
    boot: str | None = None  # id of the system's boot; None: `pid_created` is in seconds since 1970
    restarts: bool = False  # whether the queue continues the run if its process dies
    crash_step: int | None = None  # the checkpoint before the step in which its process last died

    @classmethod
    def read(cls, content: bytes) -> State:
        """Parse a `state.json` of any version.

        Raises:
            ValueError: the file is damaged.
            UnreadableRun: the file is from a newer version.
        """
        return cls.model_validate(migrate_state(read_json(content)))

    def to_file(self) -> bytes:
        """Return the content of `state.json`."""
        return to_json(versioned(self.model_dump(mode="json")), indent=2).encode()

    def effective(self) -> State:
        """Return the state; of a run whose process has died without writing it, queued again or interrupted."""
        if self.status != "training" or is_alive(self.pid, self.pid_created, self.boot):
            return self
        if self.restarts:
            return self.changed(status="queued", pid=None, reason="")
        return self.changed(status="interrupted", reason=self.reason or _death_reason(self.boot))

    def changed(self, **changes: object) -> State:
        """Return a validated copy with some fields changed."""
        return State.model_validate(self.model_dump() | changes)

    @property
    def active(self) -> bool:
        """Whether the run is queued or training."""
        return self.status in ACTIVE


def this_process() -> dict[str, object]:
    """Return the fields that identify the calling process."""
    boot = _boot_id()
    return {"pid": os.getpid(), "pid_created": _created(os.getpid(), boot), "boot": boot}


def is_alive(pid: int | None, created: float | None, boot: str | None = None) -> bool:
    """Return whether a process is running, and not another one with the same pid.

    Args:
        pid: its process id.
        created: when it was created, in seconds since the boot `boot`; since 1970 if that is None.
        boot: id of the boot after which it was created.
    """
    if pid is None or boot not in (None, _boot_id()):
        return False
    try:
        is_zombie = psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        return not is_zombie and abs(_created(pid, boot) - (created or 0)) < 1
    except psutil.Error:
        return False


def _death_reason(boot: str | None) -> str:
    """Why a process ended that could not say so itself."""
    if boot not in (None, _boot_id()):
        return "The machine was restarted during the training. Continue it from its last checkpoint."
    return (
        "The process that trained it ended unexpectedly: it was closed or killed, or the memory was full. If it ends "
        "the same way again, choose a smaller network or batch size."
    )


def _created(pid: int, boot: str | None) -> float:
    """When a process was created, as in `State`. Raises psutil.Error."""
    if boot is None:
        return float(psutil.Process(pid).create_time())
    # Linux counts from the boot; psutil adds the time of the boot, which moves when the clock is set.
    while True:
        booted = float(psutil.boot_time())
        created = float(psutil.Process(pid).create_time())
        if psutil.boot_time() == booted:
            return round(created - booted, 2)


@cache
def _boot_id() -> str | None:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return None
