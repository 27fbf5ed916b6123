"""How long a training takes that shares its workers with others."""

from __future__ import annotations

import math
from collections.abc import Iterable


def time_left(own: float, others: Iterable[float | None], workers: int) -> float:
    """Estimate the seconds until a run ends while it shares the workers equally with other runs.

    This is egalitarian processor sharing (Kleinrock, Queueing Systems II, 1976, section 4.4) without new arrivals: as
    long as n runs are left, each gets workers/n of the time. Until a run ends, each other run has received either all
    that it needed, if that is less, or as much as this run, so the work done by then is the run's own plus
    min(own, other) for each of the others, and the workers do it together. A run never uses more than one worker, so
    it takes at least the time that it would take alone.

    Args:
        own: seconds that the run would need from now on if it had a worker for itself.
        others: the same of each other run in training; None where it is unknown, which counts as longer than `own`.
        workers: number of runs that make progress at the same time.

    Raises:
        ValueError: there is no worker.
    """
    if workers < 1:
        raise ValueError(f"Runs are shared by {workers} workers; there must be 1 or more.")
    work = own + sum(min(own, math.inf if other is None else other) for other in others)
    return max(own, work / workers)
