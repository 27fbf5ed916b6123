from __future__ import annotations

import pytest

from aecore.choices import kinds
from aecore.schedules import Constant, Cosine, Schedule, StepDecay


@pytest.mark.parametrize(
    ("schedule", "done", "epoch", "factor"),
    [
        (Constant(), 0.0, 0, 1.0),
        (Constant(), 1.0, 9, 1.0),
        (Cosine(final=0.0), 0.0, 0, 1.0),
        (Cosine(final=0.0), 0.5, 5, 0.5),
        (Cosine(final=0.0), 1.0, 10, 0.0),
        (Cosine(final=0.2), 0.5, 5, 0.6),
        (Cosine(final=0.2), 1.0, 10, 0.2),
        (StepDecay(every=10, gamma=0.5), 0.0, 0, 1.0),
        (StepDecay(every=10, gamma=0.5), 0.4, 9, 1.0),
        (StepDecay(every=10, gamma=0.5), 0.4, 10, 0.5),
        (StepDecay(every=3, gamma=0.1), 0.9, 7, 0.01),
    ],
)
def test_factor(schedule: Schedule, done: float, epoch: int, factor: float) -> None:
    assert schedule.factor(done, epoch) == pytest.approx(factor)


@pytest.mark.parametrize("kind", kinds(Schedule))
def test_every_schedule_starts_at_the_learning_rate_and_never_leaves_0_to_1(kind: str) -> None:
    schedule = kinds(Schedule)[kind].model_validate({})
    factors = [schedule.factor(step / 100, step // 10) for step in range(101)]
    assert factors[0] == pytest.approx(1.0)
    assert all(0 <= factor <= 1 for factor in factors)
