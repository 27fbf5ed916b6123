"""What happens to the runs of a worker that died: they continue, except one in whose step it dies again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers.marker import Marker

NO_START = "The worker process ended before the first step. See .workers.log in the runs folder."


def blame_dead_workers(store: Store) -> None:
    """Do what `blame` does for workers that died together with their server."""
    for marker in Marker.all_in(store.root):
        if not psutil.pid_exists(marker.pid):
            blame(store, marker, exit_code=None)


def blame(store: Store, marker: Marker, exit_code: int | None) -> bool:
    """Record a worker's death with the run in whose step it died, and remove the marker.

    The run is tried once more from its checkpoint. If its next worker dies too before another checkpoint is written,
    the run fails, so that it cannot take down one worker after the other.

    Args:
        store: the runs.
        marker: the dead worker's.
        exit_code: its exit code, negative for a signal; None if it is unknown.

    Returns:
        Whether the worker had started.

    Raises:
        OSError: the state cannot be written.
    """
    started, run_id = marker.exists(), marker.read()
    with suppress(RunNotFound, UnreadableRun):
        run = store.get(run_id)
        state = run.state()
        if state.active:
            step = run.model_step() or 0
            if state.crash_step == step:
                run.change_state(status="failed", ended=time.time(), pid=None, reason=_crash_reason(run, exit_code))
            else:
                run.change_state(crash_step=step)
    marker.remove()
    return started


def fail(runs: Iterable[Run], reason: str) -> None:
    """End queued runs as failed. Raises OSError."""
    for run in runs:
        with suppress(UnreadableRun):  # deleted
            if run.state().status == "queued":
                run.change_state(status="failed", ended=time.time(), reason=reason)


def cancel(run: Run) -> None:
    """End a queued run as stopped: a new one, or one whose worker died. Raises OSError."""
    with suppress(UnreadableRun):  # deleted
        seconds = run.seconds_trained()
        reason = "" if seconds else "Cancelled while queued."
        run.change_state(status="stopped", ended=time.time(), pid=None, reason=reason, seconds=seconds)


def stop_unresponsive(run: Run) -> None:
    """End a run as stopped whose worker was killed because it did not stop. Raises OSError."""
    with suppress(UnreadableRun):
        reason = f"The worker did not respond and was terminated. {run.checkpoint_summary()}"
        run.change_state(status="stopped", ended=time.time(), pid=None, reason=reason)


def _crash_reason(run: Run, exit_code: int | None) -> str:
    if exit_code is None:
        return (
            "The training was cut off twice at this point, together with the server: the machine was restarted, the "
            f"app was killed, or the memory was full. {run.checkpoint_summary()} Continue it. If this happens again, "
            "choose a smaller network or batch size."
        )
    if exit_code == -9:
        cause = "was killed twice at this point of the training, probably because the memory was full. Choose a "
        advice = "smaller network or batch size."
    else:
        cause = f"crashed twice at this point of the training (exit code {exit_code}). "
        advice = "See .workers.log in the runs folder."
    return f"The worker process {cause}{advice} {run.checkpoint_summary()}"
