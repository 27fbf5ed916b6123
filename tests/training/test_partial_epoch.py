"""A training that ends within an epoch ends properly, and its numbers are those of a longer training."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.optim.length import Epochs, Steps
from aecore.runs.execute import run_training
from aecore.runs.store import Store
from aecore.training.train import Progress, train


def numbers(records: list[Progress]) -> list[object]:
    return [(p.step, p.losses, p.learning_rate, p.validation, p.milestone) for p in records]


def test_steps_and_epochs_of_the_same_length_give_the_same_numbers(small: RunConfig, digits: Data) -> None:
    lengths = Epochs(epochs=3), Steps(steps=3 * math.ceil(len(digits.training) / 50))
    epochs, steps = (list(train(small.changed({"training.length": length}), digits)) for length in lengths)
    assert numbers(steps) == numbers(epochs)
    assert equal(steps[-1].checkpoint().model, epochs[-1].checkpoint().model)


@pytest.mark.parametrize(
    ("steps", "validated", "milestones"),
    [
        (7, [7], {1, 2, 4, 7}),  # less than one epoch
        (20, [10, 20], {1, 2, 4, 8, 10, 16, 20}),  # the end of an epoch
        (23, [10, 20, 23], {1, 2, 4, 8, 10, 16, 20, 23}),
    ],
)
def test_validates_once_at_the_end(small: RunConfig, steps: int, validated: list[int], milestones: set[int]) -> None:
    config = small.changed({"training.length": Steps(steps=steps)})
    data = config.dataset.load()
    records = list(train(config, data))
    assert len(records) == records[-1].steps == steps
    assert [p.step for p in records if p.validation] == validated
    assert {p.step for p in records if p.milestone} == milestones
    assert records[-1].validation == records[-1].evaluate(data.validation.images)


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_continuing_after_the_end_gives_the_numbers_of_a_longer_training(
    small: RunConfig, store: Store, schedule: str
) -> None:
    """Both in memory and through a run folder: the validation within an epoch leaves no trace."""
    settings = {"training.schedule.kind": schedule}
    if schedule == "plateau":
        settings |= {"training.schedule.patience": 0, "training.schedule.threshold": 0.5}
    config = small.changed(settings | {"training.length": Steps(steps=23)})
    longer = config.changed({"training.length.steps": 35})
    data = config.dataset.load()
    uninterrupted = list(train(longer, data))
    run = store.create(config, training=True)
    assert run_training(run).status == "finished"
    assert run.model_step() == run.snapshot_steps()[-1] == run.results("scores")["step"] == 23
    last = run.metrics()[-1]
    assert (last["step"], "validation" in last) == (23, True)
    assert [r["step"] for r in run.metrics() if "validation" in r] == [10, 20, 23]
    rest = list(train(longer, data, run.checkpoint()))
    assert numbers(rest) == numbers(uninterrupted[23:])
    assert rest[-1].checkpoint().history == uninterrupted[-1].checkpoint().history


@pytest.mark.parametrize("overfits", [True, False])
def test_restores_the_best_epoch_unless_the_last_weights_are_better(small: RunConfig, overfits: bool) -> None:
    config = small.changed({"training.length": Steps(steps=23), "training.stopping.kind": "early"})
    data = config.dataset.load()
    if overfits:  # the better the model knows digits, the worse it reconstructs their negatives
        data = replace(data, validation=replace(data.validation, images=255 - data.validation.images))
    records = list(train(config, data))
    losses = [p.validation["loss"] for p in records if p.validation]
    last = records[-1]
    assert len(losses) == 3
    assert last.evaluate(data.validation.images)["loss"] == pytest.approx(losses[-1])
    if overfits:
        assert losses[-1] == losses[0] < losses[1]
        assert last.ended == "Restored the weights of epoch 1, which had the lowest validation loss."
    else:
        assert losses[-1] < min(losses[:-1])
        assert last.ended == ""
    resumed = list(train(config.changed({"training.length.steps": 40}), data, last.checkpoint()))
    assert [p.step for p in resumed if p.validation] == [30, 40]


def test_stops_early_at_the_end_of_an_epoch(small: RunConfig) -> None:
    changes = {"training.stopping.kind": "early", "training.stopping.patience": 1, "training.stopping.min_delta": 99}
    config = small.changed(changes | {"training.length": Steps(steps=55)})
    *_, last = train(config, config.dataset.load())
    assert (last.step, last.steps) == (20, 55)
    assert last.ended.startswith("Stopped early after epoch 2")
