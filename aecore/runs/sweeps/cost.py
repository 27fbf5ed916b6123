"""What a sweep costs: runs, steps, and the seconds that they take at a measured speed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.listing import Entry
from aecore.runs.store import Store
from aecore.runs.sweeps.plan import Member, SweepPlan
from aecore.runs.sweeps.sweep import Sweep

MEASURED_RUNS = 5  # the newest of a kind, whose median speed counts


@dataclass(frozen=True)
class SweepCost:
    """The cost of the runs of a sweep that have not finished."""

    runs: int
    steps: int  # over all runs; those done are left out
    seconds: float | None  # of training, one run after the other; None without a measured speed for each of the runs
    measured: int = 0  # number of finished runs whose speed was measured

    @property
    def text(self) -> str:
        """The cost as a sentence."""
        runs = f"{self.runs:,} run{'s' if self.runs != 1 else ''}, {self.steps:,} steps"
        if not self.runs:
            return "No run is left to train."
        if self.seconds is None:
            return f"{runs}. No estimate of the time: not every kind of run in it has been trained here before."
        number = f"{self.measured} finished run{'s' if self.measured != 1 else ''}"
        return f"{runs}, about {duration_text(self.seconds)} at the speed of {number} of the same kind."


def sweep_cost(plan: SweepPlan, store: Store, sweep: Sweep | None = None) -> SweepCost:
    """Return what it costs to train the runs of a plan.

    The speed is that of finished runs in the store, among them those of the sweep itself, with the same network, batch
    size and other settings that determine the work of a step. Their seconds contain validation and storing, but not the
    scores at the end. A run that was trained elsewhere and copied here counts too: run folders do not name a machine.

    Args:
        plan: the plan.
        store: where runs are stored; starter models do not count, since they were trained on another machine.
        sweep: the sweep of the plan; its finished runs cost nothing. Default: it was not created yet.
    """
    entries = [entry for entry in store.entries(max_age=0.0) if not entry.run.read_only]
    measured = [entry for entry in entries if entry.state.status == "finished" and entry.state.seconds > 0]
    kinds: dict[str, list[float]] = {}
    steps, seconds, runs, used = 0, 0.0, 0, set()
    for member in plan.members:
        left = member.steps if sweep is None else steps_left(sweep, member)
        if left is None:
            continue
        kind = _kind(member.config)
        if kind not in kinds:
            same = [entry for entry in measured if _kind(entry.config) == kind][:MEASURED_RUNS]
            kinds[kind] = _seconds_per_step(same)
            used |= {entry.run.id for entry in same[: len(kinds[kind])]}
        runs, steps = runs + 1, steps + left
        seconds += left * statistics.median(kinds[kind]) if kinds[kind] else 0.0
    known = runs and all(kinds.values())
    return SweepCost(runs, steps, seconds if known else None, len(used))


def steps_left(sweep: Sweep, member: Member) -> int | None:
    """Return the steps that a run of a sweep has still to do; None if it has finished."""
    run = sweep.run(member)
    if run is None:
        return member.steps
    with suppress(UnreadableRun):
        if run.state().status == "finished":
            return None
    return max(0, member.steps - (run.model_step() or 0))


def duration_text(seconds: float) -> str:
    """Return a duration with two significant digits or so: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 1:
        return "1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _seconds_per_step(entries: Sequence[Entry]) -> list[float]:
    speeds = [(entry.state.seconds, entry.run.model_step()) for entry in entries]
    return [seconds / step for seconds, step in speeds if step]


def _kind(config: RunConfig) -> str:
    """What determines the work of a step, apart from the size of the code."""
    training = config.training
    options = (config.bottleneck, config.corruption, config.penalty, training.optimizer)
    network = config.network.model_dump_json(exclude={"dropout"})
    kinds = [option.kind for option in options]
    return repr((network, kinds, config.dataset.input_shape, training.batch_size, training.precision))
