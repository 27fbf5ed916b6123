"""The trainer on one node of the cluster, an actor of Ray: an ordinary queue that trains runs in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import Timeout

from aecore.errors import UnreadableRun
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.files import create_folder_atomically, disk_error_message, replace_file
from aecore.utils.settings import use_node_settings
from aecore.workers.cluster.mirror import STATE, FileChange, Outbox, write_changes
from aecore.workers.queue import Queue

_PREFIX = "aecore-node-"


@dataclass(frozen=True)
class RunChanges:
    """What has changed in a run on a node."""

    files: list[FileChange]
    done: bool  # whether nothing will change any more


class NodeTrainer:
    """Trains runs on its node. Files of runs and datasets are sent to it, and it returns what changes.

    Args:
        cpus: number of the node's processor cores that the cluster may use.
    """

    def __init__(self, cpus: int) -> None:
        _remove_folders_of_dead_trainers()
        self._home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        use_node_settings(self._home, cpus)
        self._store = Store()
        self._queue = Queue(self._store)
        self._outboxes: dict[str, Outbox] = {}
        self._refused: dict[str, RunChanges] = {}

    def add_files(self, files: dict[str, bytes]) -> None:
        """Store files of a dataset, by path in AECORE_HOME. What cannot be written is missing when a run loads it."""
        with suppress(OSError):
            for name, content in files.items():
                path = self._home / name
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, content, durable=False)

    def submit(self, run_id: str, files: list[FileChange]) -> None:
        """Train a run. The files contain a state with the status `queued`."""
        try:
            with create_folder_atomically(self._store.root / run_id, replace=True) as folder:
                write_changes(folder, files)
                outbox = Outbox(folder)
                outbox.mark_sent()
        except OSError as error:
            self._refused[run_id] = _refusal(files, disk_error_message(self._store.root, error))
            return
        outbox.folder = self._store.root / run_id
        self._outboxes[run_id] = outbox
        self._queue.submit(Run(outbox.folder))

    def stop(self, run_id: str) -> None:
        """Stop a run."""
        if run_id in self._outboxes:
            with suppress(UnreadableRun, OSError):
                self._queue.stop(Run(self._outboxes[run_id].folder))

    def changes(self) -> dict[str, RunChanges]:
        """Return what has changed in each run since the last call; a run that has ended is forgotten."""
        found, self._refused = self._refused, {}
        for run_id, outbox in list(self._outboxes.items()):
            done = _has_ended(Run(outbox.folder))
            with suppress(OSError):
                files = outbox.changes()
                if files or done:
                    found[run_id] = RunChanges(files, done)
        return found

    def resend(self, run_id: str) -> None:
        """Return all files of a run again, since they could not be written."""
        if run_id in self._outboxes:
            self._outboxes[run_id].reset()

    def forget(self, run_id: str) -> None:
        """Delete a run that has ended."""
        if outbox := self._outboxes.pop(run_id, None):
            shutil.rmtree(outbox.folder, ignore_errors=True)

    def close(self) -> dict[str, RunChanges]:
        """Let the runs write checkpoints, return their last changes, and remove all files."""
        self._queue.close()
        found = self.changes()
        shutil.rmtree(self._home, ignore_errors=True)
        return found


def _has_ended(run: Run) -> bool:
    """Whether a run has ended, and its worker has written the last file."""
    try:
        if run.state().active:
            return False
        with run.training_lock(0):
            return True
    except Timeout:
        return False
    except UnreadableRun:
        return True


def _refusal(files: list[FileChange], reason: str) -> RunChanges:
    content = next(file.content for file in files if file.path == STATE)
    assert content is not None
    state = State.read(content).changed(status="failed", ended=time.time(), reason=reason)
    return RunChanges([FileChange(STATE, state.to_file())], done=True)


def _remove_folders_of_dead_trainers() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        with suppress(ValueError):
            if not psutil.pid_exists(int(folder.name.removeprefix(_PREFIX).split("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)
