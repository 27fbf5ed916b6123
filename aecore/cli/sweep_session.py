"""A sweep in the shell: its cost, its progress bar, Ctrl-C, and its results."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from aecore.cli.session import require_data, use_all_cores
from aecore.runs.run import Run
from aecore.runs.sweeps.cost import sweep_cost
from aecore.runs.sweeps.execution import SweepStep, run_sweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import SCORES, SweepResults, sweep_results
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
    total = sum(member.steps for member in plan.members)
    interrupt = _Interrupt()
    with (
        interrupt.handled(),
        tqdm(total=total, unit=" steps", unit_scale=True, file=sys.stderr, desc=plan.name) as bar,
    ):
        progress = _ProgressBar(bar, sweep, len(plan.members))
        for step in run_sweep(sweep, lambda: interrupt.requested):
            interrupt.run = step.run
            progress.show(step)
    results = sweep_results(sweep)
    print_results(results, as_json)
    for run in results.runs:
        if run.status == "failed":
            print(f"aecore: {results.setting}={run.value}, seed {run.seed}: {run.reason}", file=sys.stderr)
    if results.status == "finished":
        return 0
    print(f"Continue it with `python -m aecore continue {sweep.id}`.", file=sys.stderr)
    return 1 if results.status == "failed" else 130


def print_results(results: SweepResults, as_json: bool) -> None:
    """Print the results to stdout, as a table or as one JSON object."""
    if as_json:
        print(to_json(_as_json(results)))
        return
    print(f"{results.name}: {results.finished} of {len(results.runs)} runs have finished.\n")
    print(table(results))


def _as_json(results: SweepResults) -> dict[str, Any]:
    head = {
        "sweep": results.sweep, "name": results.name, "status": results.status, "setting": results.setting,
        "seeds": results.seeds,
    }  # fmt: skip
    points = []
    for point in results.points:
        spreads = {f"test_{score}": point.spread(score) for score in SCORES} | {"seconds": point.seconds}
        pca = {f"pca_{score}": getattr(point.pca, score, None) for score in SCORES}
        known = {name: asdict(spread) if spread else None for name, spread in spreads.items()}
        points.append({"value": point.value, "components": point.components, **known, **pca})
    runs = []
    for run in results.runs:
        tree = asdict(run)
        scores, pca = tree.pop("scores") or {}, tree.pop("pca") or {}
        runs.append(
            tree
            | {f"test_{score}": scores.get(score) for score in SCORES}
            | {f"pca_{score}": pca.get(score) for score in SCORES}
        )
    return head | {"values": points, "runs": runs}


class _Interrupt:
    """The first Ctrl-C stops the sweep and the run in training, which writes a checkpoint; the second one terminates
    the process.
    """

    def __init__(self) -> None:
        self.requested = False
        self.run: Run | None = None  # the last that has begun

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle Ctrl-C inside the `with` block."""

        def stop(*_: object) -> None:
            self.requested = True
            if self.run and self.run.state().status == "training":
                self.run.request_stop()
            signal.signal(signal.SIGINT, previous)

        previous = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)


class _ProgressBar:
    """Updates a progress bar that counts the steps of all runs."""

    def __init__(self, bar: Any, sweep: Sweep, runs: int) -> None:
        self.bar, self.sweep, self.runs = bar, sweep, runs
        self.done = 0  # steps of the runs that have finished

    def show(self, step: SweepStep) -> None:
        """Show a step of the sweep."""
        if step.state and step.state.status == "finished":  # also if it stopped early
            self.done += step.member.steps
            self._move_to(self.done)
        elif step.progress:
            self._move_to(self.done + step.progress.step)
        elif step.state is None:
            text = f"{self.sweep.plan().short_setting} {step.member.text}, seed {step.member.seed}"
            self.bar.set_postfix_str(f"run {step.member.number + 1} of {self.runs}: {text}")

    def _move_to(self, steps: int) -> None:
        self.bar.update(steps - self.bar.n)
