"""The marker: a file in which a worker names the run that it trains at the moment, so that its death names it too."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PREFIX = ".worker-"


class Marker:
    """The marker of one worker.

    Args:
        root: the folder of the run folders.
        pid: the worker's process id.
    """

    def __init__(self, root: Path, pid: int) -> None:
        self.pid, self._path = pid, root / f"{_PREFIX}{pid}"

    @classmethod
    def all_in(cls, root: Path) -> Iterator[Marker]:
        """Yield the markers of all workers, dead or alive."""
        for path in root.glob(f"{_PREFIX}*"):
            with suppress(ValueError):
                yield cls(root, int(path.name.removeprefix(_PREFIX)))

    def write(self, run_id: str = "") -> None:
        """Name the run that is trained from now on; an empty id for none. Raises OSError."""
        # Read after the death of a process only, never of the machine: not durable, and without a temporary file.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(descriptor, run_id.encode())
        finally:
            os.close(descriptor)

    def exists(self) -> bool:
        """Return whether the worker has started."""
        return self._path.exists()

    def read(self) -> str:
        """Return the id of the run; empty if there is none."""
        with suppress(OSError):
            return self._path.read_text(encoding="utf-8")
        return ""

    def age(self) -> float:
        """Return for how many seconds the worker has trained this run without turning to another; 0 without marker."""
        with suppress(OSError):
            return time.time() - self._path.stat().st_mtime
        return 0.0

    def remove(self) -> None:
        """Remove the file, if it exists."""
        with suppress(OSError):
            self._path.unlink()
