"""A cache of parsed files: an unchanged file costs one stat."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

#: A file changed this recently may change again without a new modification time, so it is not cached yet.
TIMESTAMP_RESOLUTION_NS = 20_000_000

Signature = tuple[int, int, int]  # inode, modification time and size


def file_signature(status: os.stat_result) -> Signature | None:
    """Return what distinguishes a file from its next version; None if it changed so recently that nothing does."""
    return _signature(status) if _is_settled(status) else None


def _signature(status: os.stat_result) -> Signature:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _is_settled(status: os.stat_result) -> bool:
    return time.time_ns() - status.st_mtime_ns > TIMESTAMP_RESOLUTION_NS


class FileCache(Generic[T]):
    """Parses files and keeps each result until the file's inode, modification time or size changes.

    Args:
        parse: from the content of a file to a value; callers must not modify the value.
        max_files: maximum number of files; the least recently used is dropped first.
        append_only: whether every change makes the files longer, so that the size alone detects it.
    """

    def __init__(self, parse: Callable[[bytes], T], max_files: int, append_only: bool = False) -> None:
        self._parse, self._max_files, self._append_only = parse, max_files, append_only
        self._entries: OrderedDict[Path, tuple[Signature, T]] = OrderedDict()
        self._lock = Lock()

    def read(self, path: Path) -> T:
        """Return the parsed content of a file. Raises OSError and whatever `parse` raises."""
        status = path.stat()  # before reading, so that a change in between is parsed again
        signature = _signature(status)
        with self._lock:
            entry = self._entries.get(path)
            if entry and entry[0] == signature:
                self._entries.move_to_end(path)
                return entry[1]
        value = self._parse(path.read_bytes())
        if self._append_only or _is_settled(status):
            with self._lock:
                self._entries[path] = signature, value
                self._entries.move_to_end(path)
                if len(self._entries) > self._max_files:
                    self._entries.popitem(last=False)
        return value
