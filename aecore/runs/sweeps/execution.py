"""Execution of a sweep in this process: its runs one after the other, also together with other processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import lru_cache

from filelock import Timeout

from aecore.data import Data, Dataset
from aecore.errors import DataUnavailable, Diverged, UnreadableRun, UnreadableSweep
from aecore.runs.execute import FROM_KEYBOARD, execute, reopen, write_scores
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.runs.sweeps.plan import Member
from aecore.runs.sweeps.sweep import Sweep
from aecore.training.train import Progress

SECONDS_BETWEEN_POLLS = 0.5  # of runs that other processes train

Load = Callable[[Dataset], Data]


@dataclass(frozen=True)
class SweepStep:
    """A step of a sweep: a run begins, takes a training step, or has ended."""

    member: Member
    run: Run
    progress: Progress | None = None  # of a training step
    state: State | None = None  # of a run that has ended, here, in another process or before


def run_sweep(sweep: Sweep, should_stop: Callable[[], bool] = lambda: False) -> Iterator[SweepStep]:
    """Train the runs of a sweep that have not finished.

    Finished runs are not trained again. Runs that were stopped, interrupted or failed continue from their checkpoints,
    or start again without one. Runs that another process trains are left to it, and waited for at the end. A run that
    fails does not end the sweep.

    Args:
        sweep: the sweep.
        should_stop: called after each step; if it returns True, the run in training stops, and the sweep with it.
            `Sweep.request_stop` does the same, from any process.

    Yields:
        One record when a run begins, one per training step, and one when a run has ended.

    Raises:
        UnreadableSweep: the sweep is damaged, or was deleted meanwhile.
        OSError: a run folder cannot be created.
        KeyboardInterrupt: Ctrl-C was pressed; the run in training was stopped.
    """
    load: Load = lru_cache(maxsize=1)(lambda dataset: dataset.load())

    def stopped() -> bool:
        return should_stop() or sweep.stop_requested

    remaining = list(sweep.plan().members)
    while remaining and not stopped():
        busy = []
        for member in remaining:
            if stopped():
                return
            done = yield from _train_member(sweep, member, load, stopped)
            if not done:
                busy.append(member)
        if busy:
            time.sleep(SECONDS_BETWEEN_POLLS)
        remaining = busy


def _train_member(
    sweep: Sweep, member: Member, load: Load, stopped: Callable[[], bool]
) -> Generator[SweepStep, None, bool]:
    """Train a member, unless it has finished; return False if another process has it."""
    run = _existing_or_new(sweep, member)
    if run is None:
        return True
    with ExitStack() as lock:
        try:
            lock.enter_context(run.training_lock(0))
            state = run.state()
            if state.status == "finished" or run.config() != member.config:
                _complete(run, state, load)
                yield SweepStep(member, run, state=state)
                return True
            if not _prepare(run, state):
                return False
            yield SweepStep(member, run)
            yield from _train(member, run, load, stopped)
        except Timeout:
            return False
        except UnreadableRun:  # deleted in the meantime, or damaged: the results say so
            pass
    return True


def _train(member: Member, run: Run, load: Load, stopped: Callable[[], bool]) -> Iterator[SweepStep]:
    steps = execute(run, load=load)
    try:
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                yield SweepStep(member, run, state=end.value)
                if end.value.reason == FROM_KEYBOARD:
                    raise KeyboardInterrupt from None
                return
            yield SweepStep(member, run, progress)
            if stopped():
                run.request_stop()
    except GeneratorExit:  # the caller iterates no further; the run is left stopped, with a checkpoint
        with suppress(UnreadableRun):
            run.request_stop()
            for _ in steps:
                pass
        raise


def _existing_or_new(sweep: Sweep, member: Member) -> Run | None:
    """Return the run of a member, created if there is none; None if the sweep is to stop."""
    with sweep.lock():
        if not sweep.exists:
            raise UnreadableSweep(f"The sweep {sweep.id} was deleted.")
        if sweep.stop_requested:
            return None
        return sweep.run(member) or sweep.create_run(member, training=True)


def _prepare(run: Run, state: State) -> bool:
    """Make a run ready for `execute`, with its training lock held; return False if another process has it."""
    if state.status == "training":
        return state.pid == os.getpid()  # otherwise another process has just created it
    if state.status == "queued":
        run.request_stop(False)
    else:
        reopen(run)
    return True


def _complete(run: Run, state: State, load: Load) -> None:
    """Compute the scores of a finished run if they are missing or damaged."""
    if state.status == "finished" and run.results("scores") is None:
        with suppress(DataUnavailable, Diverged, OSError, UnreadableRun):
            write_scores(run, run.config(), load(run.config().dataset))
