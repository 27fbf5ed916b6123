"""Snapshots of several runs on a common axis."""

from __future__ import annotations

import pytest

from aecore.runs.comparison.timeline import Moment, moments, thinned

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


@pytest.mark.parametrize(("steps", "most", "expected"), THINNED)
def test_thinned_steps_keep_both_ends(steps, most, expected):
    assert thinned(steps, most) == expected
