"""Snapshots of several runs on a common axis."""

from __future__ import annotations

import pytest

from aecore.runs.comparison.timeline import Moment, Stop, align, moments, thinned

RECORDS = [{"step": 1, "epoch": 0.1, "seconds": 0.5}, {"step": 10, "epoch": 1.0, "seconds": 2.0}]

#: Records, step, and where it lies with 100 images per epoch.
MOMENTS = {
    "recorded": (RECORDS, 10, Moment(10, 1.0, 2.0, 100)),
    "between records": (RECORDS, 9, Moment(9, 0.1, 0.5, 10)),
    "after the last": (RECORDS, 15, Moment(15, 1.0, 2.0, 100)),
    "before the first": (RECORDS, 0, Moment(0, 0.0, 0.0, 0)),
    "without records": ([], 5, Moment(5, 0.0, 0.0, 0)),
    "older records without seconds": ([{"step": 5, "epoch": 0.5}], 5, Moment(5, 0.5, 0.0, 50)),
}

#: Positions of the snapshots of each run, and the stops.
ALIGNED = {
    "one run": ([[1, 5]], [Stop(1, (0,)), Stop(5, (1,))]),
    "equal positions": ([[1, 5], [1, 5]], [Stop(1, (0, 0)), Stop(5, (1, 1))]),
    "another spacing": ([[1, 4], [1, 2, 6]], [Stop(1, (0, 0)), Stop(2, (0, 1)), Stop(4, (1, 1)), Stop(6, (1, 2))]),
    "one begins later": ([[1, 2], [3]], [Stop(1, (0, 0)), Stop(2, (1, 0)), Stop(3, (1, 0))]),
    "two snapshots at one position": ([[0.0, 0.0, 1.0]], [Stop(0.0, (1,)), Stop(1.0, (2,))]),
}

THINNED = [
    ([1, 2, 3], 5, [1, 2, 3]),
    ([1, 2, 3, 4, 5], 3, [1, 3, 5]),
    ([1, 2, 3, 4, 5], 2, [1, 5]),
    ([1, 2, 3], 1, [3]),
    ([], 2, []),
]


@pytest.mark.parametrize(("records", "step", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_steps_are_located_by_the_last_record(records, step, expected):
    assert moments(records, [step], images_per_epoch=100) == [expected]


@pytest.mark.parametrize(("positions", "stops"), ALIGNED.values(), ids=ALIGNED)
def test_each_run_shows_its_last_snapshot_up_to_a_stop(positions, stops):
    assert align(positions) == stops


@pytest.mark.parametrize(("steps", "most", "expected"), THINNED)
def test_thinned_steps_keep_both_ends(steps, most, expected):
    assert thinned(steps, most) == expected
