"""The list of all runs, kept up to date by the times of their files: an unchanged run costs one stat."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.files.state import State
from aecore.runs.local_changes import local_changes
from aecore.runs.run import Run
from aecore.utils.file_cache import Signature, file_signature

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Entry:
    """A readable run with its state and settings when it was listed."""

    run: Run
    state: State
    config: RunConfig


class Listing:
    """The readable runs in a folder of run folders. The same object keeps what it has read."""

    def __init__(self, root: Path, read_only: bool = False) -> None:
        self.root, self.read_only = root, read_only
        self._known: dict[str, tuple[Signature | None, Entry | None]] = {}  # by folder; no entry: unreadable
        self._entries: list[Entry] = []
        self._listed: tuple[int, float] = (-1, 0.0)  # changes of this process, and time of the last listing
        self._lock = threading.Lock()

    def entries(self, max_age: float = 0.0) -> list[Entry]:
        """Return the entries, newest first.

        Args:
            max_age: seconds after which changes that other processes made are read. Changes that this process made are
                always included.
        """
        with self._lock:
            count, listed_at = self._listed
            if count != local_changes.count or time.monotonic() - listed_at > max_age:
                self._listed = (local_changes.count, time.monotonic())
                self._refresh()
            return self._entries

    def _refresh(self) -> None:
        before, self._known, changed = self._known, {}, False
        for name in self._folders():
            try:
                # Settings are written before the state, so the state's file alone shows a change.
                signature = file_signature(os.stat(f"{self.root}{os.sep}{name}{os.sep}state.json"))
            except OSError:
                continue  # not a run
            old_signature, old = before.get(name, (None, None))
            new = _effective(old) if signature and signature == old_signature else self._read(name)
            self._known[name] = signature, new
            changed = changed or new is not old
        if changed or before.keys() != self._known.keys():
            entries = [entry for _, (_, entry) in sorted(self._known.items()) if entry]
            self._entries = sorted(entries, key=lambda entry: entry.state.created, reverse=True)

    def _folders(self) -> list[str]:
        try:
            return list(filter(ID.fullmatch, os.listdir(self.root)))
        except OSError:
            return []

    def _read(self, name: str) -> Entry | None:
        run = Run(self.root / name, self.read_only)
        try:
            return Entry(run, run.state(), run.config())
        except UnreadableRun:
            return None


def _effective(entry: Entry | None) -> Entry | None:
    """Update the entry of a run in training, which changes without its files when its process dies."""
    if entry is None or entry.state.status != "training":
        return entry
    state = entry.state.effective()
    return entry if state is entry.state else replace(entry, state=state)
