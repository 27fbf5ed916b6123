"""The time left of a run that shares its workers equally with others."""

from __future__ import annotations

import pytest

from aecore.workers.sharing import time_left


@pytest.mark.parametrize(
    ("own", "others", "workers", "expected"),
    [
        (10, [], 1, 10),
        (10, [], 4, 10),  # a run uses one worker only
        (10, [10], 1, 20),
        (10, [10], 2, 10),
        (10, [3], 1, 13),  # the shorter run has all it needs, then this one is alone
        (10, [100], 1, 20),  # the longer run gets as much as this one
        (10, [None], 1, 20),  # unknown: counts as longer
        (10, [2, 5, 30], 1, 27),
        (10, [10, 10, 10], 2, 20),
        (10, [1, 1, 1], 2, 10),
        (0, [5, 5], 1, 0),
    ],
)
def test_time_left(own: float, others: list[float | None], workers: int, expected: float) -> None:
    assert time_left(own, others, workers) == expected


def test_equals_the_simulated_shares() -> None:
    """Serve all runs in small equal slices on one worker, and note when the first of them ends."""
    left = [7.0, 2.0, 4.0, 11.0]
    expected, clock, step = time_left(left[0], left[1:], 1), 0.0, 0.001
    while left[0] > 0:
        running = [i for i, seconds in enumerate(left) if seconds > 0]
        for i in running:
            left[i] -= step
        clock += step * len(running)
    assert clock == pytest.approx(expected, abs=0.05)


def test_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="0 workers"):
        time_left(1, [], 0)
