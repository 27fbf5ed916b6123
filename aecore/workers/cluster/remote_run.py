"""The local side of a run that trains on a node: its folder here is a copy, kept up to date until the run has ended."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from aecore.errors import UnreadableRun
from aecore.runs.files.state import State, this_process
from aecore.runs.run import Run
from aecore.workers.cluster.mirror import STATE, FileChange, Outbox, write_changes
from aecore.workers.cluster.node import RunChanges
from aecore.workers.run_lock import RunLock

MAX_LOST_NODES = 3  # in a row without a checkpoint in between, before the run fails

#: What the node decides; the other fields may have been changed here meanwhile, such as the name.
_OUTCOME = ("status", "ended", "seconds", "reason", "crash_step")


class RemoteRun:
    """A run that the bridge has to train.

    Args:
        run: the run, in the store here.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stop_forwarded = False
        self._lock = RunLock(run)
        self._state_written = False  # whether the final state is stored
        self._lost: tuple[int, int] = (0, 0)  # number of nodes lost at a step, and the step

    def is_ready(self) -> bool:
        """Whether it can begin now: another process may not yet have released it."""
        return self._lock.acquire()

    def is_queued(self) -> bool:
        """Whether it is still to be trained, neither cancelled nor deleted."""
        with suppress(UnreadableRun):
            state = self.run.state()
            # On a full disk `requeue` could not change the status.
            return state.status == "queued" or (state.status == "training" and state.pid == os.getpid())
        return False

    def begin(self) -> list[FileChange]:
        """Mark the run as training, and return all its files. Raises OSError or UnreadableRun."""
        self.run.remove_partial_files()
        state = self.run.state().changed(status="queued", pid=None, pid_created=None, reason="")
        files = [file for file in Outbox(self.run.folder).changes() if file.path != STATE]
        self.stop_forwarded = False
        changes = {"status": "training", "started": time.time(), "ended": None, "reason": "", "restarts": True}
        self.run.change_state(**changes, **this_process())
        return [FileChange(STATE, state.to_file()), *files]

    def update(self, changes: RunChanges) -> None:
        """Write what has changed on the node. Raises OSError or UnreadableRun."""
        write_changes(self.run.folder, [file for file in changes.files if file.path != STATE])
        for file in changes.files:
            if file.path == STATE and file.content is not None:
                self._write_state(State.read(file.content))

    def _write_state(self, remote: State) -> None:
        if not remote.active and not self._state_written:
            self.run.change_state(**{name: getattr(remote, name) for name in _OUTCOME}, pid=None)
            self._state_written = True
        elif remote.active and remote.crash_step != self.run.state().crash_step:
            self.run.change_state(crash_step=remote.crash_step)

    def requeue(self) -> None:
        """Continue it elsewhere, or later, from the files that are here."""
        with suppress(UnreadableRun, OSError):
            if self.run.state().status == "training":
                self.run.change_state(status="queued", pid=None)

    def node_lost(self) -> None:
        """Continue it on another node, unless nodes are lost again and again without progress."""
        count, step = self._lost
        now_at = self.run.model_step() or 0
        self._lost = (count + 1 if now_at == step else 1), now_at
        if self._lost[0] < MAX_LOST_NODES:
            self.requeue()
            return
        with suppress(OSError):
            lost = f"The training was lost with its node of the Ray cluster {MAX_LOST_NODES} times at this point."
            self.fail(f"{lost} {self.run.checkpoint_summary()}")

    def fail(self, reason: str) -> None:
        """End it as failed. Raises OSError."""
        with suppress(UnreadableRun):
            self.run.change_state(status="failed", ended=time.time(), pid=None, reason=reason)

    def release(self) -> None:
        """Give the run back to the queue."""
        self._lock.release()
