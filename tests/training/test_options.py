"""The contract of every corruption, penalty, optimizer, schedule and stopping rule, each used alone in a training.

The rows come from the registry: a new option needs no new test.
"""

from __future__ import annotations

import math

import pytest

from aecore.config.reference import FAMILIES
from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Mnist5k
from aecore.models.bottlenecks.projections import Sigmoid
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs
from aecore.optim.stopping import EarlyStopping
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.training.train import Progress, train

OPTIONS = [
    pytest.param(path, kind, id=f"{path}-{kind}")
    for path, family in FAMILIES.items()
    for kind in options_by_kind(family)
    if path not in ("dataset", "network", "bottleneck")
]


@pytest.fixture
def config(path: str, kind: str) -> RunConfig:
    """7 steps per epoch; 3 epochs or 25 steps. SGD needs a smaller learning rate: its steps scale with the gradient."""
    plain = RunConfig(
        dataset=Mnist5k(images=200, validation=50),
        network=Dense(widths=(64,), dropout=0.1),
        bottleneck=Sigmoid(latent=8),
        training=Training(length=Epochs(epochs=3), batch_size=32, learning_rate=1e-4 if kind == "sgd" else 1e-3),
    )
    return plain.changed({f"{path}.kind": kind} | ({"training.length.steps": 25} if kind == "steps" else {}))


def numbers(records: list[Progress]) -> list[object]:
    return [(p.step, p.losses, p.learning_rate, p.validation) for p in records]


@pytest.mark.parametrize(("path", "kind"), OPTIONS)
def test_loss_decreases(config: RunConfig) -> None:
    full_batch = config.changed({"training.batch_size": 200, "training.length": Epochs(epochs=25)})
    records = list(train(full_batch, full_batch.dataset.load()))
    losses = [p.losses.get("reconstruction", p.losses["loss"]) for p in records]
    assert all(math.isfinite(value) for p in records for value in p.losses.values())
    assert losses[-1] < losses[0]
    assert all(rate > 0 for rate in (p.learning_rate for p in records))


@pytest.mark.parametrize(("path", "kind"), OPTIONS)
def test_resumed_run_matches_an_uninterrupted_one(config: RunConfig, store: Store) -> None:
    data, run = config.dataset.load(), store.create(config)
    uninterrupted = []
    for progress in train(config, data):
        uninterrupted.append(progress)
        if progress.step == 17:  # in the middle of an epoch, after two validations
            run.write_checkpoint(progress.checkpoint())
    rest = list(train(config, data, run.checkpoint()))
    assert numbers(rest) == numbers(uninterrupted[17:])


@pytest.mark.parametrize(("path", "kind"), OPTIONS)
def test_config_round_trips_through_json(config: RunConfig) -> None:
    assert RunConfig.model_validate_json(config.to_json()) == config


@pytest.mark.parametrize(("path", "kind"), [("training.schedule", "plateau"), ("training.stopping", "early")])
def test_resuming_repeats_a_cancelled_validation(config: RunConfig, store: Store) -> None:
    data, run = config.dataset.load(), store.create(config)
    uninterrupted = list(train(config, data))
    cancelled = iter(train(config, data, should_stop=lambda: True))
    for _ in range(7):
        last = next(cancelled)
    assert (last.ends_epoch, last.validation) == (True, None)
    run.write_checkpoint(last.checkpoint())
    assert run.checkpoint().history == ()
    rest = list(train(config, data, run.checkpoint()))
    assert numbers(rest) == numbers(uninterrupted[7:])
    assert rest[-1].checkpoint().history == uninterrupted[-1].checkpoint().history


def test_early_stopping_restores_the_best_weights() -> None:
    config = RunConfig(
        dataset=Mnist5k(images=200, validation=50),
        network=Dense(widths=(64,)),
        bottleneck=Sigmoid(latent=8),
        training=Training(
            length=Epochs(epochs=50), batch_size=32, learning_rate=0.3, stopping=EarlyStopping(patience=2)
        ),
    )
    data = config.dataset.load()
    records = [p for p in train(config, data) if p.ends_epoch]
    last, losses = records[-1], [p.validation["loss"] for p in records]
    best = min(losses)
    assert len(records) < 50
    assert "Stopped early" in last.ended
    assert losses[-1] == best, "the last record describes the restored weights"
    assert last.evaluate(data.validation.images)["loss"] == pytest.approx(best)
    assert f"epoch {losses.index(best) + 1}," in last.ended
    # A resumed training counts patience from the start.
    resumed = list(train(config, data, last.checkpoint()))
    assert sum(p.ends_epoch for p in resumed) >= 2
