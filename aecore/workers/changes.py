"""Changes of runs that a worker may be training: stop and delete."""

from __future__ import annotations

from filelock import Timeout

from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers import recovery

SECONDS_TO_DELETE = 10.0  # in which a run in training stops before it is deleted


def stop(run: Run) -> None:
    """Ask a run to stop; a queued run is cancelled immediately. Raises as `Run.change_state`."""
    run.request_stop()
    if run.state().status == "queued":
        recovery.cancel(run)


def delete(store: Store, run: Run) -> None:
    """Delete a run, after stopping it if necessary.

    Raises:
        PermissionError: the run is a starter model, or its process did not stop in time.
    """
    if not run.read_only and run.state().active:
        stop(run)
    try:
        with run.training_lock(SECONDS_TO_DELETE):
            store.delete(run)
    except Timeout as error:
        raise PermissionError(f"“{run.state().name}” is still training. Try again in a few seconds.") from error
