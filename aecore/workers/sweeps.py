"""Sweeps as a group: start them in the queue, stop them, delete them."""

from __future__ import annotations

from contextlib import suppress

from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.runs.sweeps.sweep import Sweep, SweepStore
from aecore.utils.files import remove_folder
from aecore.workers import changes
from aecore.workers.queue import Queue


def submit_sweep(queue: Queue, sweep: Sweep) -> None:
    """Queue all runs of a sweep that have not finished: new ones, and those that were stopped, interrupted or failed.

    Runs in training stay unchanged. Calling it again does no harm.

    Raises:
        UnreadableSweep: the sweep is damaged or was deleted.
        OSError: a run folder cannot be created; those created before are queued.
    """
    plan = sweep.plan()
    sweep.request_stop(False)
    for member in plan.members:
        with sweep.lock():
            if sweep.stop_requested:
                return
            run = sweep.run(member) or sweep.create_run(member)
        with suppress(UnreadableRun):  # deleted in the meantime, or damaged: the results say so
            if run.state().status != "finished":
                queue.submit(run, plan.max_seconds)


def stop_sweep(sweep: Sweep) -> None:
    """Ask a sweep to stop, in whichever processes it is trained; queued runs are cancelled immediately.

    Raises:
        UnreadableSweep: the sweep was deleted.
    """
    sweep.request_stop()
    for run in sweep.runs():
        with suppress(UnreadableRun):
            if run.state().active:
                changes.stop(run)


def delete_sweep(store: Store, sweep: Sweep) -> None:
    """Delete a sweep with all its runs, after stopping it if necessary. A damaged sweep is deleted too.

    Raises:
        PermissionError: a run did not stop in time. What is left of the sweep can be deleted again.
        UnreadableSweep: the sweep was deleted.
    """
    stop_sweep(sweep)  # from now on no process creates a run
    for run in sweep.runs():
        _delete(store, run)
    SweepStore(store).remove(sweep)


def _delete(store: Store, run: Run) -> None:
    try:
        changes.delete(store, run)
    except UnreadableRun:  # damaged, or deleted by somebody else
        remove_folder(run.folder)
