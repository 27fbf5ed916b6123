"""Mirroring of run folders: which files have changed since the last look, and writing them on the other side.

A worker may write to the folder meanwhile, and either side may die at any moment, so the order matters. The state is
read first: once it says that the training has ended, the files read after it are final. The checkpoint is read before
the metrics: records after the checkpoint are invalidated where a run continues, but missing ones would leave a gap.
Files are written in the reverse order.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aecore.utils.files import replace_file

STATE = "state.json"
METRICS = "metrics.jsonl"  # only appended to, so only what is new is sent
_READING_ORDER = (STATE, "resume.safetensors", "model.safetensors", METRICS)  # the others follow
_NOT_MIRRORED = "stop"  # requests to stop are forwarded

Signature = tuple[int, int]  # time of the last change in ns, size


@dataclass(frozen=True)
class FileChange:
    """A changed file of a run folder."""

    path: str  # relative to the folder, with slashes
    content: bytes | None  # None: removed
    start: int = 0  # byte at which the content begins; the bytes before it are unchanged


class Outbox:
    """The sending side of one run folder. It knows what was sent.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sent: dict[str, Signature] = {}

    def mark_sent(self) -> None:
        """Take all files for sent as they are now."""
        self._sent = {path: signature for path in self._paths() if (signature := self._signature(path))}

    def reset(self) -> None:
        """Send all files again, since the other side could not write them."""
        self._sent = {}

    def changes(self) -> list[FileChange]:
        """Read the files that changed since the last call, in the order described above. Raises OSError."""
        state = self._change(STATE)
        paths = self._paths()
        changes = [state, *(self._change(path) for path in paths if path != STATE)]
        removed = self._sent.keys() - paths - {STATE}
        for path in removed:
            del self._sent[path]
        return [change for change in changes if change] + [FileChange(path, None) for path in sorted(removed)]

    def _change(self, path: str) -> FileChange | None:
        signature, sent = self._signature(path), self._sent.get(path)
        if signature is None or signature == sent:
            return None
        start = sent[1] if path == METRICS and sent and sent[1] <= signature[1] else 0
        try:
            with open(self.folder / path, "rb") as file:
                file.seek(start)
                content = file.read()
        except FileNotFoundError:
            return None
        # The file may have changed since: with the time from before, the next call reads it again.
        self._sent[path] = signature[0], start + len(content)
        return FileChange(path, content, start)

    def _signature(self, path: str) -> Signature | None:
        with suppress(FileNotFoundError):
            stat = os.stat(self.folder / path)
            return stat.st_mtime_ns, stat.st_size
        return None

    def _paths(self) -> list[str]:
        """The files in reading order; without locks, partly written files and other hidden ones."""
        paths = []
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            relative = Path(folder).relative_to(self.folder)
            paths += [(relative / name).as_posix() for name in names if not name.startswith(".")]
        return sorted((path for path in paths if path != _NOT_MIRRORED), key=_reading_order)


def write_changes(folder: Path, changes: Iterable[FileChange]) -> None:
    """Write changes to the folder of the same run on the other side, each file atomically.

    Raises:
        OSError: the disk is full, the folder was deleted, or the bytes before an addition are missing.
    """
    for change in sorted(changes, key=lambda change: _reading_order(change.path), reverse=True):
        path = folder / change.path
        if change.content is None:
            path.unlink(missing_ok=True)
        elif change.start:
            _append(path, change.start, change.content)
        else:
            if path.parent != folder:
                path.parent.mkdir(exist_ok=True)
            replace_file(path, change.content, durable=change.path in _READING_ORDER)


def _append(path: Path, start: int, content: bytes) -> None:
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size < start:
            raise OSError(f"{path.name} has {size} bytes; an addition begins at byte {start}.")
        file.truncate(start)
        file.seek(start)
        file.write(content)


def _reading_order(path: str) -> tuple[int, str]:
    return (_READING_ORDER.index(path) if path in _READING_ORDER else len(_READING_ORDER)), path
