"""The speed of a training, from which the time left is estimated."""

from __future__ import annotations

import pytest

from aecore.runs.recorder import PACE_WINDOW, Pace


def test_the_pace_needs_two_calls():
    assert Pace().seconds_per_step(1, 0.5) is None


@pytest.mark.parametrize(
    ("at_first", "later"),
    [pytest.param(0.1, 0.1, id="even"), pytest.param(0.1, 0.4, id="slower"), pytest.param(0.4, 0.1, id="faster")],
)
def test_the_pace_follows_a_change_of_speed(at_first, later):
    pace, step, seconds = Pace(), 0, 0.0
    for each, until in ((at_first, 1000.0), (later, 1000.0 + 2 * PACE_WINDOW)):
        while seconds < until:
            step, seconds = step + 1, seconds + each
            mean = pace.seconds_per_step(step, seconds)
    assert mean == pytest.approx(later)


def test_the_pace_of_slow_steps_is_that_of_the_last_one():
    pace = Pace()
    pace.seconds_per_step(1, 0.0)
    pace.seconds_per_step(2, 5 * PACE_WINDOW)
    assert pace.seconds_per_step(3, 8 * PACE_WINDOW) == pytest.approx(3 * PACE_WINDOW)
