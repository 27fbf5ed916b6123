"""What a visitor of a server for many may train."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from aecore.config.run_config import RunConfig
from aecore.errors import LimitExceeded
from aecore.runs.execute import run_training
from aecore.runs.store import Store
from aecore.runs.sweeps.plan import SweepPlan
from aecore.training.memory import training_size
from aecore.utils.settings import Limits
from aecore.workers import limits

TIGHT = Limits(runs=2, minutes=1, parameters=60_000, training_mb=5)
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "too many runs": ({}, 2, "You have 2 runs queued or in training; this server allows 2 at a time"),
    "too large a model": ({"network.widths": [512]}, 0, "parameters; this server trains at most 60,000"),
    "too large a batch": ({"training.batch_size": 500}, 0, "MB; this server allows 5 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_exceeds_a_limit(store: Store, small: RunConfig, name: str) -> None:
    changes, count, message = REFUSED[name]
    for _ in range(count):
        store.create(small, owner="ann")
    with pytest.raises(LimitExceeded, match=message):
        limits.check(small.changed(changes), "ann", store.entries(), TIGHT)


@pytest.mark.parametrize(
    ("count", "seeds", "values", "message"),
    [
        (0, 1, (2, 4), None),
        (0, 2, (2, 4), "The sweep has 4 runs; this server allows 2 at a time. Choose fewer values or seeds."),
        (1, 1, (2, 4), "The sweep has 2 runs and you have 1 queued or in training; this server allows 2 at a time."),
        (0, 1, (2, 500), "parameters; this server trains at most 60,000"),
    ],
)
def test_all_runs_of_a_sweep_count(
    store: Store, small: RunConfig, count: int, seeds: int, values: tuple[int, ...], message: str | None
) -> None:
    for _ in range(count):
        store.create(small, owner="ann")
    plan = SweepPlan(base=small, setting="bottleneck.latent", values=values, seeds=seeds)
    with pytest.raises(LimitExceeded, match=message) if message else nullcontext():
        limits.check_sweep(plan, "ann", store.entries(), TIGHT)


def test_only_the_runs_of_a_sweep_that_are_left_count(store: Store, small: RunConfig) -> None:
    plan = SweepPlan(base=small, setting="bottleneck.latent", values=(2, 4), seeds=2)
    limits.check_sweep(plan, "ann", store.entries(), TIGHT, runs=2)
    with pytest.raises(LimitExceeded, match="The sweep has 3 runs"):
        limits.check_sweep(plan, "ann", store.entries(), TIGHT, runs=3)


def test_only_active_runs_of_the_same_visitor_count(store: Store, small: RunConfig) -> None:
    store.create(small, owner="bob"), store.create(small)
    store.create(small, owner="ann").change_state(status="finished")
    store.create(small, owner="ann")
    limits.check(small, "ann", store.entries(), TIGHT)


@pytest.mark.parametrize(("seconds", "refused"), [(59.0, False), (60.0, True)])
def test_refuses_to_continue_after_the_longest_training(
    store: Store, small: RunConfig, seconds: float, refused: bool
) -> None:
    run = store.create(small, owner="ann")
    run.change_state(status="stopped", seconds=seconds)
    with pytest.raises(LimitExceeded, match="trained for 1 min") if refused else nullcontext():
        limits.check_continued(run, TIGHT)


def test_size_of_a_training(small: RunConfig) -> None:
    parameters, size = training_size(small)
    assert parameters == sum(p.numel() for p in small.build_model().parameters())
    layers = 784 + 32 + 4 + 32 + 784
    assert size == 4 * (4 * parameters + 2 * 50 * layers)


def test_the_longest_training_ends_as_stopped(store: Store, endless: RunConfig) -> None:
    run = store.create(endless, owner="ann", max_seconds=0.3)
    run_training(run)
    assert run.state().status == "stopped"
    assert "0.005 min of training, the most on this server" in run.state().reason
    assert run.model_step()
    run.change_state(status="queued")
    steps = run.model_step()
    run_training(run)
    assert run.model_step() == steps + 1, "what it trained before counts"
