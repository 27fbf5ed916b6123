"""The contract of every option that is not a network, a bottleneck or a data set, each tried alone in a training.

The rows come from the registry: a new corruption, penalty, optimizer, schedule or stopping rule needs no new test here.
"""

from __future__ import annotations

import math

import pytest

from aecore.config.reference import FAMILIES
from aecore.config.run_config import RunConfig, Training
from aecore.data import Mnist5k
from aecore.models.bottlenecks.projections import Sigmoid
from aecore.models.networks.dense import Dense
from aecore.optim.stopping import Early
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.training.train import Progress, train

OTHERS = [
    pytest.param(place, kind, id=f"{place}-{kind}")
    for place, family in FAMILIES.items()
    for kind in options_by_kind(family)
    if place not in ("dataset", "network", "bottleneck")
]


@pytest.fixture
def config(place: str, kind: str) -> RunConfig:
    """7 steps an epoch, 3 epochs; SGD's steps are the gradient's own length, so its rate is its own."""
    plain = RunConfig(
        dataset=Mnist5k(images=200, validation=50),
        network=Dense(widths=(64,), dropout=0.1),
        bottleneck=Sigmoid(latent=8),
        training=Training(epochs=3, batch_size=32, learning_rate=1e-4 if kind == "sgd" else 1e-3),
    )
    return plain.changed({f"{place}.kind": kind})


def told(records: list[Progress]) -> list[object]:
    return [(p.step, p.losses, p.learning_rate, p.validation) for p in records]


@pytest.mark.parametrize(("place", "kind"), OTHERS)
def test_it_trains(config: RunConfig) -> None:
    whole = config.changed({"training.batch_size": 200, "training.epochs": 25})
    records = list(train(whole, whole.dataset.load()))
    losses = [p.losses.get("reconstruction", p.losses["loss"]) for p in records]
    assert all(math.isfinite(value) for p in records for value in p.losses.values())
    assert losses[-1] < losses[0]
    assert all(rate > 0 for rate in (p.learning_rate for p in records))


@pytest.mark.parametrize(("place", "kind"), OTHERS)
def test_a_run_that_continues_is_the_one_that_was_never_interrupted(config: RunConfig, store: Store) -> None:
    data, run = config.dataset.load(), store.create(config)
    whole = []
    for progress in train(config, data):
        whole.append(progress)
        if progress.step == 17:  # in mid-epoch, with two validations behind it
            run.write_checkpoint(progress.checkpoint())
    rest = list(train(config, data, run.checkpoint()))
    assert told(rest) == told(whole[17:])


@pytest.mark.parametrize(("place", "kind"), OTHERS)
def test_it_survives_json(config: RunConfig) -> None:
    assert RunConfig.model_validate_json(config.to_json()) == config


@pytest.mark.parametrize(("place", "kind"), [("training.schedule", "plateau"), ("training.stopping", "early")])
def test_a_validation_that_was_hurried_is_made_up_for(config: RunConfig, store: Store) -> None:
    data, run = config.dataset.load(), store.create(config)
    whole = list(train(config, data))
    hurried = iter(train(config, data, should_stop=lambda: True))
    for _ in range(7):
        last = next(hurried)
    assert (last.ends_epoch, last.validation) == (True, None)
    run.write_checkpoint(last.checkpoint())
    assert run.checkpoint().history == ()
    rest = list(train(config, data, run.checkpoint()))
    assert told(rest) == told(whole[7:])
    assert rest[-1].checkpoint().history == whole[-1].checkpoint().history


def test_early_stopping_takes_the_best_weights_back() -> None:
    config = RunConfig(
        dataset=Mnist5k(images=200, validation=50),
        network=Dense(widths=(64,)),
        bottleneck=Sigmoid(latent=8),
        training=Training(epochs=50, batch_size=32, learning_rate=0.3, stopping=Early(patience=2)),
    )
    data = config.dataset.load()
    records = [p for p in train(config, data) if p.ends_epoch]
    last, losses = records[-1], [p.validation["loss"] for p in records]
    best = min(losses)
    assert len(records) < 50
    assert "Stopped early" in last.ended
    assert losses[-1] == best, "the last record is of the weights that are kept"
    assert last.losses_on(data.validation.images)["loss"] == pytest.approx(best)
    assert f"epoch {losses.index(best) + 1}," in last.ended
    # Whoever wants more gets it: patience counts anew.
    longer = list(train(config, data, last.checkpoint()))
    assert sum(p.ends_epoch for p in longer) >= 2
