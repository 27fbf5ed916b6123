from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR, ReduceLROnPlateau, StepLR

from aecore.optim.schedules import Constant, Cosine, OneCycle, Plateau, Schedule, StepDecay
from aecore.options.registry import options_by_kind

NAN = math.nan


@pytest.mark.parametrize(
    ("schedule", "done", "epoch", "factor"),
    [
        (Constant(), 0.0, 0, 1.0),
        (Constant(), 1.0, 9, 1.0),
        (Cosine(final_factor=0.0), 0.0, 0, 1.0),
        (Cosine(final_factor=0.0), 0.5, 5, 0.5),
        (Cosine(final_factor=0.0), 1.0, 10, 0.0),
        (Cosine(final_factor=0.2), 0.5, 5, 0.6),
        (Cosine(final_factor=0.2), 1.0, 10, 0.2),
        (StepDecay(step_size=10, gamma=0.5), 0.0, 0, 1.0),
        (StepDecay(step_size=10, gamma=0.5), 0.4, 9, 1.0),
        (StepDecay(step_size=10, gamma=0.5), 0.4, 10, 0.5),
        (StepDecay(step_size=3, gamma=0.1), 0.9, 7, 0.01),
        (OneCycle(warmup_fraction=0.4, initial_factor=0.1, final_factor=0.0), 0.0, 0, 0.1),
        (OneCycle(warmup_fraction=0.4, initial_factor=0.1, final_factor=0.0), 0.2, 2, 0.55),
        (OneCycle(warmup_fraction=0.4, initial_factor=0.1, final_factor=0.0), 0.4, 4, 1.0),
        (OneCycle(warmup_fraction=0.4, initial_factor=0.1, final_factor=0.0), 0.7, 7, 0.5),
        (OneCycle(warmup_fraction=0.4, initial_factor=0.1, final_factor=0.0), 1.0, 10, 0.0),
    ],
)
def test_factor(schedule: Schedule, done: float, epoch: int, factor: float) -> None:
    assert schedule.factor(done, epoch, [NAN] * epoch) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("plateau", "history", "factor"),
    [
        (Plateau(patience=1, gamma=0.5), [], 1.0),
        (Plateau(patience=1, gamma=0.5), [3, 2, 1], 1.0),
        (Plateau(patience=1, gamma=0.5), [1, 2], 1.0),
        (Plateau(patience=1, gamma=0.5), [1, 2, 2], 0.5),
        (Plateau(patience=1, gamma=0.5), [1, 1, 1], 0.5),  # equal is not an improvement
        (Plateau(patience=1, gamma=0.5), [1, 2, 2, 2, 2], 0.25),
        (Plateau(patience=1, gamma=0.5), [1, 2, 0.5, 2], 1.0),
        (Plateau(patience=0, gamma=0.1), [1, 2, 2], 0.01),
        (Plateau(patience=1, gamma=0.5, threshold=0.1), [1, 0.95, 0.92], 0.5),  # less than 10% below 1
        (Plateau(patience=1, gamma=0.5, threshold=0.1), [1, 0.95, 0.85], 1.0),
        (Plateau(patience=1, gamma=0.5, cooldown=2), [1, 2, 2, 2, 2], 0.5),
        (Plateau(patience=1, gamma=0.5, cooldown=2), [1, 2, 2, 2, 2, 2, 2], 0.25),
        (Plateau(patience=1, gamma=0.5), [NAN, NAN, NAN], 1.0),
        (Plateau(patience=1, gamma=0.5), [1, NAN, 2, NAN], 1.0),  # NaN is skipped
        (Plateau(patience=1, gamma=0.5), [1, NAN, 2, NAN, 2], 0.5),
    ],
)
def test_plateau_factor(plateau: Plateau, history: Sequence[float], factor: float) -> None:
    assert plateau.factor(0.5, len(history), history) == pytest.approx(factor)


@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize("cooldown", [0, 1, 4])
@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.2])
def test_plateau_matches_torch(patience: int, cooldown: int, threshold: float) -> None:
    plateau = Plateau(gamma=0.5, patience=patience, cooldown=cooldown, threshold=threshold)
    for seed in range(10):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        theirs = ReduceLROnPlateau(
            optimizer, "min", 0.5, patience=patience, threshold=threshold, cooldown=cooldown, eps=0
        )
        rng, history = random.Random(seed), list[float]()
        for epoch in range(60):
            history.append(rng.choice([1.0, rng.random()]) + 5 / (1 + epoch))
            theirs.step(history[-1])
            assert plateau.factor(epoch / 60, epoch + 1, history) == optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize("warmup", [0.1, 0.3, 0.8])
def test_one_cycle_matches_torch_without_momentum_cycle(warmup: float) -> None:
    steps = 100
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = OneCycleLR(
        optimizer,
        max_lr=1.0,
        total_steps=steps + 1,
        pct_start=(warmup * steps + 1) / (steps + 1),
        div_factor=25,
        final_div_factor=40,
        cycle_momentum=False,
    )
    schedule = OneCycle(warmup_fraction=warmup, initial_factor=1 / 25, final_factor=1 / 1000)
    for step in range(steps + 1):
        assert schedule.factor(step / steps, 0, []) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-6)
        optimizer.step()
        if step < steps:
            theirs.step()


@pytest.mark.parametrize("option", options_by_kind(Schedule).values(), ids=options_by_kind(Schedule).keys())
def test_factor_reaches_1_and_stays_between_0_and_1(option: type[Schedule]) -> None:
    losses = [1 + (epoch % 3) for epoch in range(11)]
    factors = [option().factor(step / 100, step // 10, losses[: step // 10]) for step in range(101)]
    assert max(factors) == pytest.approx(1.0)
    assert all(0 <= factor <= 1 for factor in factors)


@pytest.mark.parametrize("option", options_by_kind(Schedule).values(), ids=options_by_kind(Schedule).keys())
def test_needs_validation_is_true_only_for_schedules_that_use_it(option: type[Schedule]) -> None:
    schedule = option()
    falling, rising = [1 / (1 + epoch) for epoch in range(20)], [1.0 + epoch for epoch in range(20)]
    differs = schedule.factor(0.5, 20, falling) != schedule.factor(0.5, 20, rising)
    assert differs == schedule.needs_validation


@pytest.mark.parametrize("option", options_by_kind(Schedule).values(), ids=options_by_kind(Schedule).keys())
def test_works_without_validation_losses(option: type[Schedule]) -> None:
    assert 0 <= option().factor(0.5, 5, [NAN] * 5) <= 1


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 40])
@pytest.mark.parametrize(
    ("schedule", "theirs"),
    [
        (Cosine(), lambda optimizer, steps: CosineAnnealingLR(optimizer, steps, eta_min=0.01)),
        (StepDecay(step_size=2), lambda optimizer, _: StepLR(optimizer, 2 * 3, 0.5)),
    ],
    ids=["cosine", "step"],
)
def test_every_step_has_the_rate_of_torch(
    schedule: Schedule, theirs: Callable[[torch.optim.Optimizer, int], LRScheduler], steps: int
) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = theirs(optimizer, steps)
    for step in range(steps):
        assert schedule.learning_rate(1.0, step, steps, steps_per_epoch=3) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("steps", [2, 3, 7, 40])
@pytest.mark.parametrize("warmup_fraction", [0.1, 0.3, 0.9])
def test_one_cycle_ends_at_its_final_factor(steps: int, warmup_fraction: float) -> None:
    schedule = OneCycle(warmup_fraction=warmup_fraction)
    assert schedule.learning_rate(1.0, steps - 1, steps, steps_per_epoch=3) == pytest.approx(schedule.final_factor)
