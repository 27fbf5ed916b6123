"""A sweep in the shell: its cost, its progress bar, Ctrl-C, and its results."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from tqdm import tqdm

from aecore.cli.session import at_first_interrupt, require_data, use_all_cores
from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.runs.sweeps.cost import steps_left, sweep_cost
from aecore.runs.sweeps.execution import SweepStep, run_sweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import SweepResults, sweep_results
from aecore.runs.sweeps.sweep import Sweep
from aecore.runs.sweeps.table import table
from aecore.utils.strict_json import to_json


def require_data_of(plan: SweepPlan) -> None:
    """Raise DataUnavailable if a dataset of the plan is not on this machine; see `require_data`."""
    for dataset in {member.config.dataset for member in plan.members}:
        require_data(dataset)


def train_sweep(sweep: Sweep, as_json: bool) -> int:
    """Train the runs of a sweep that are left, print its results, and return the exit code."""
    plan = sweep.plan()
    use_all_cores()
    print(f"Sweep {sweep.id}: {sweep_cost(plan, sweep.store, sweep).text}", file=sys.stderr)
    left = {member.number: steps_left(sweep, member) or 0 for member in plan.members}
    total = sum(member.steps for member in plan.members)
    hint = f"Continue it with `python -m aecore continue {sweep.id}`."
    interrupt = _Interrupt()
    with (
        at_first_interrupt(interrupt.stop),
        tqdm(
            total=total, initial=total - sum(left.values()), unit=" steps", unit_scale=True, file=sys.stderr,
            desc=plan.name,
        ) as bar,
    ):  # fmt: skip
        progress = _ProgressBar(bar, plan, left)
        try:
            for step in run_sweep(sweep, lambda: interrupt.requested):
                interrupt.run = step.run
                progress.show(step)
        except KeyboardInterrupt:
            pass
        except OSError:
            bar.write(hint, sys.stderr)
            raise
    results = sweep_results(sweep)
    print_results(results, as_json)
    if results.status == "finished":
        return 0
    print(hint, file=sys.stderr)
    return 1 if results.status == "failed" else 130


def print_results(results: SweepResults, as_json: bool) -> None:
    """Print the results to stdout, as a table or as one JSON object, and what failed to stderr."""
    if as_json:
        print(to_json(results.as_dict()))
    else:
        print(f"{results.name}: {results.finished} of {len(results.runs)} runs have finished.\n")
        print(table(results))
    for run in results.runs:
        if run.status == "failed":
            print(f"aecore: {results.setting}={run.value}, seed {run.seed}: {run.reason}", file=sys.stderr)


class _Interrupt:
    """Stops the sweep and the run in training, which writes a checkpoint."""

    def __init__(self) -> None:
        self.requested = False
        self.run: Run | None = None  # the last that has begun

    def stop(self) -> None:
        self.requested = True
        with suppress(OSError, UnreadableRun):  # deleted meanwhile
            if self.run and self.run.state().status == "training":
                self.run.request_stop()


class _ProgressBar:
    """Updates a progress bar that counts the steps of all runs.

    Args:
        bar: the bar.
        plan: the plan of the sweep.
        left: steps that were left of each run at the start, by its number.
    """

    def __init__(self, bar: Any, plan: SweepPlan, left: dict[int, int]) -> None:
        self.bar, self.plan, self.left = bar, plan, left
        self.done = bar.n  # steps, without those of the run in training

    def show(self, step: SweepStep) -> None:
        """Show a step of the sweep."""
        member = step.member
        if step.state and step.state.status == "finished":  # also if it stopped early, or in another process
            self.done += self.left.pop(member.number, 0)
            self.bar.update(self.done - self.bar.n)
        elif step.progress:
            before = member.steps - self.left[member.number]
            self.bar.update(self.done + step.progress.step - before - self.bar.n)
        elif step.state is None:
            text = f"{self.plan.short_setting} {member.text}, seed {member.seed}"
            self.bar.set_postfix_str(f"run {member.number + 1} of {len(self.plan.members)}: {text}")
