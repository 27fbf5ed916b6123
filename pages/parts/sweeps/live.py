"""The results of a sweep as pages show them: read at most once a second, however many browsers watch."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import SweepResults, sweep_results
from aecore.runs.sweeps.table import csv_table
from aecore.utils.strict_json import to_json
from pages.parts.shell import resources
from pages.parts.sweeps import work

SECONDS_KEPT = 0.5
MAX_SWEEPS = 64
MOST_NAMED = 2  # runs in training


@dataclass(frozen=True)
class LiveSweep:
    """A sweep as it was a moment ago."""

    plan: SweepPlan
    results: SweepResults
    label: str  # of the work of the server on it; empty if there is none
    read_at: float

    @property
    def status(self) -> str:
        """That of the results; `working` while the server creates, stops or deletes its runs."""
        return "working" if self.label else self.results.status

    def as_dict(self) -> dict[str, Any]:
        """What the component shows."""
        shown = {"progress": self.label or progress_text(self.plan, self.results), "fraction": self.results.fraction}
        return self.results.as_dict() | shown | {"status": self.status}

    def json(self, interval: float) -> bytes:
        """The answer of the route; `interval` is the number of seconds until the next request."""
        return to_json(self.as_dict() | {"interval": interval}).encode()

    def csv(self) -> bytes:
        """All runs as CSV."""
        return csv_table(self.results).encode()


_known: OrderedDict[str, LiveSweep] = OrderedDict()
_lock = threading.Lock()


def live_sweep(sweep_id: str, max_age: float = SECONDS_KEPT) -> LiveSweep:
    """Read a sweep and its runs, unless that was done a moment ago.

    Raises:
        SweepNotFound, UnreadableSweep: it was deleted or is damaged.
    """
    sweep = resources.sweeps().get(sweep_id)
    current = work.current(sweep_id)
    label = current.label if current and current.running else ""
    with _lock:
        known = _known.get(sweep_id)
        if known and known.label == label and time.monotonic() - known.read_at < max_age:
            return known
    # Read the time first: what changes while the runs are read belongs to the next answer.
    live = LiveSweep(sweep.plan(), sweep_results(sweep), label, time.monotonic())
    with _lock:
        _known[sweep_id] = live
        _known.move_to_end(sweep_id)
        while len(_known) > MAX_SWEEPS:
            _known.popitem(last=False)
    return live


def progress_text(plan: SweepPlan, results: SweepResults) -> str:
    """`3 of 6 runs finished, training run 4 of 6: latent 16, seed 0`."""
    in_order = [point.runs[repetition] for repetition in range(plan.seeds) for point in results.points]
    count = len(in_order)
    parts = [f"{results.finished} of {count} runs finished"]
    training = [i for i, run in enumerate(in_order) if run.status == "training"]
    if len(training) > MOST_NAMED:
        parts.append(f"training {len(training)}")
    elif training:
        named = (f"run {i + 1} of {count}: {plan.member_label(plan.members[i])}" for i in training)
        parts.append(f"training {' and '.join(named)}")
    elif any(run.status == "queued" for run in in_order):
        parts.append("the next is waiting to start")
    for status in ("failed", "stopped", "interrupted"):
        if number := sum(run.status == status for run in in_order):
            parts.append(f"{number} {status}")
    return ", ".join(parts)
