from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Dataset
from aecore.optim.length import Steps
from aecore.optim.optimizers import Muon
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind

INVALID: list[tuple[dict[str, Any], str, str]] = [
    # changes, path of the field, part of the message
    ({"training.batch_size": 0}, "training.batch_size", "is 0; it must be 1 or more"),
    ({"training.batch_size": 2.5}, "training.batch_size", "2.5; it must be a whole number"),
    ({"training.length.epochs": "many"}, "training.length.epochs", "'many'; it must be a whole number"),
    ({"training.length.epochs": 10_001}, "training.length.epochs", "10,000 or less"),
    ({"training.length.epochs": None}, "training.length.epochs", "Epochs is empty"),
    ({"training.length.epochs.more": 1}, "training.length.epochs", "it must be a whole number"),
    ({"training.length": {"kind": "steps", "steps": 0}}, "training.length.steps", "Steps is 0; it must be 1 or more"),
    ({"training.length.steps": 10}, "training.length.steps", "no setting called 'training.length.steps'"),
    (
        {"training.length.steps": 10},
        "training.length.steps",
        "with training.length.kind=epochs, only with steps. Settings of training.length: kind, epochs.",
    ),
    ({"penalty.weight": 1}, "penalty.weight", "with penalty.kind=none, only with l1 or kl-sparsity or contractive or"),
    (
        {"penalty.kind": "l1", "penalty.target": 0.1},
        "penalty.target",
        "penalty.kind=l1, only with kl-sparsity. Settings",
    ),
    ({"training.length.kind": "weeks"}, "training.length", "'weeks'; possible values are 'epochs'"),
    ({"training.epochs": 3}, "training.epochs", "no setting called 'training.epochs'"),
    ({"training.epochs": 3}, "training.epochs", "Did you mean training.length.epochs? Settings of training: loss,"),
    ({"training": {"bach_size": 3}}, "training.bach_size", "Did you mean training.batch_size?"),
    ({"batchsize": 512}, "batchsize", "Did you mean training.batch_size? Settings: dataset, network,"),
    ({"Latent": 4}, "Latent", "Did you mean bottleneck.latent?"),
    ({"network.width": [9]}, "network.width", "Did you mean network.widths?"),
    ({"network.widths.first": 9}, "network.widths", "it must be a list"),
    ({"training.schedule": "cosine"}, "training.schedule", "Did you mean training.schedule.kind=cosine?"),
    ({"training.schedule": "hot"}, "training.schedule", "values of training.schedule.kind are constant, cosine,"),
    ({"network": ["conv"]}, "network", "Possible values of network.kind are dense,"),
    ({"training.loss": "mes"}, "training.loss", "Did you mean mse?"),
    ({"network.kind": "dence"}, "network", "Did you mean dense?"),
    ({"dataset.kind": "mnist5k"}, "dataset", "Did you mean mnist-5k?"),
    ({"bottleneck.latent": True}, "bottleneck.latent", "'True'; it must be a whole number"),
    ({"dataset.images": False}, "dataset.images", "'False'; it must be a whole number"),
    ({"training.learning_rate": True}, "training.learning_rate", "'True'; it must be a number"),
    ({"network.widths": [64, True]}, "network.widths", "One of the layer widths is 'True'; it must be a whole"),
    ({"network.kind": "conv", "network.kernel": True}, "network.kernel", "possible values are 3, 5 or 7"),
    ({"training.learning_rate": float("nan")}, "training.learning_rate", "must be a number"),
    ({"training.learning_rate": float("inf")}, "training.learning_rate", "must be"),
    ({"training.learning_rate": 0}, "training.learning_rate", "is 0; it must be more than 0"),
    ({"training.learning_rate": "fast"}, "training.learning_rate", "'fast'; it must be a number"),
    ({"training.loss": "hinge"}, "training.loss", "'hinge'; possible values are 'bce', 'mse' or 'histograms'"),
    ({"training.seed": -1}, "training.seed", "0 or more"),
    ({"training.seed": 2**31}, "training.seed", "less than 2,147,483,648"),
    ({"training.weight_decay": -0.1}, "training.weight_decay", "0 or more"),
    ({"training.schedule.kind": "warp"}, "training.schedule", "'warp'; possible values are 'constant'"),
    ({"training.schedule.kind": "step", "training.schedule.step_size": 0}, "training.schedule.step_size", "1 or more"),
    ({"training.batchsize": 9}, "training.batchsize", "no setting called 'training.batchsize'"),
    ({"color": "red"}, "color", "no setting called 'color'"),
    ({"training": 5}, "training", "5; it must be a group of settings"),
    ({"network": "dense"}, "network", "'dense'; it must be a group of settings"),
    ({"network.kind": "telepathic"}, "network", "'telepathic'; possible values are 'dense'"),
    ({"network.kind": None}, "network", "possible values are"),
    ({"network.widths": [64, 0]}, "network.widths", "is 0; it must be 1 or more"),
    ({"network.kind": "conv", "network.channels": []}, "network.channels", "0 entries; it must have at least 1"),
    ({"network.widths": [8] * 9}, "network.widths", "9 entries; it must have at most 8"),
    ({"network.widths": "64"}, "network.widths", "it must be a list"),
    ({"network.widths.0": 64}, "network.widths", "it must be a list"),
    ({"network.channels": [8]}, "network.channels", "no setting called 'network.channels'"),
    ({"network.dropout": 1}, "network.dropout", "less than 1"),
    ({"network.widths": [8192] * 8}, "network", "million parameters; at most 50 million"),
    ({"network.kind": "conv", "network.channels": [4] * 6}, "network.channels", "6 entries; it must have at most 5"),
    ({"network.kind": "conv", "network.kernel": 4}, "network.kernel", "possible values are 3, 5 or 7"),
    ({"bottleneck.kind": "bottle"}, "bottleneck", "'bottle'; possible values are 'linear'"),
    ({"bottleneck.latent": 0}, "bottleneck.latent", "1 or more"),
    ({"bottleneck.kind": "variational", "bottleneck.beta": -1}, "bottleneck.beta", "0 or more"),
    ({"bottleneck.kind": "feature-map", "bottleneck.latent": 4}, "bottleneck.latent", "no setting called"),
    ({"dataset.kind": "cats"}, "dataset", "'cats'; possible values are"),
    ({"dataset.images": 9}, "dataset.images", "10 or more"),
    ({"dataset.images": 4001}, "dataset.images", "has 4,000 besides the 500 held out"),
    ({"dataset.validation": -1}, "dataset.validation", "0 or more"),
    ({"dataset.kind": "vectors"}, "training.loss", "choose MSE as the loss"),
    ({"network.output": "linear"}, "training.loss", "choose MSE as the loss"),
    ({"dataset.kind": "vectors", "network.output": "sigmoid"}, "network.output", "choose linear"),
    ({"dataset.kind": "vectors", "network.kind": "conv"}, "network", "choose"),
    ({"bottleneck.kind": "vector-quantized"}, "bottleneck", "choose a convolutional"),
    ({"penalty.kind": "kl-sparsity"}, "penalty", "choose the sigmoid bottleneck"),
    (
        {"network.kind": "conv", "bottleneck.kind": "vector-quantized", "penalty.kind": "contractive"},
        "penalty",
        "choose another bottleneck",
    ),
    (
        {"dataset.kind": "vectors", "training.loss": "mse", "corruption.kind": "blur"},
        "corruption",
        "choose Gaussian or masking",
    ),
    ({"corruption.kind": "gaussian", "corruption.min_strength": 0.9}, "corruption.min_strength", "0.3 or less"),
    ({"dataset.validation": 0, "training.stopping.kind": "early"}, "training.stopping", "hold some out"),
    ({"dataset.validation": 0, "training.schedule.kind": "plateau"}, "training.schedule", "hold some out"),
    ({"network.norm": "batch", "training.batch_size": 1}, "training.batch_size", "another batch size"),
    (
        {"network.norm": "batch", "dataset.images": 101, "training.batch_size": 50},
        "training.batch_size",
        "leave a batch of one",
    ),
    ({"penalty.kind": "mmd", "training.batch_size": 1}, "training.batch_size", "choose a larger one"),
    ({"penalty.kind": "contractive", "network.norm": "batch"}, "network.norm", "choose layer norm or none"),
    ({"network.widths": [], "bottleneck.kind": "feature-map"}, "network", "no trainable parameters"),
    ({"dataset.validation": 4491}, "dataset.validation", "at most 4,490 can be held out"),
]


@pytest.mark.parametrize(("changes", "path", "part"), INVALID, ids=lambda value: json.dumps(value)[:40])
def test_rejects_invalid_settings_with_a_message_for_the_field(changes: dict[str, Any], path: str, part: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RunConfig().changed(changes)
    messages = error_messages(caught.value, RunConfig)
    assert list(messages) == [tuple(path.split("."))]
    (message,) = messages.values()
    assert part in message
    assert message[0].isupper()
    assert message.endswith((".", "?"))
    assert "\n" not in message


def test_reports_all_invalid_settings() -> None:
    with pytest.raises(ValidationError) as caught:
        RunConfig().changed({"training.length.epochs": 0, "bottleneck.latent": 0})
    assert error_messages(caught.value, RunConfig).keys() == {
        ("training", "length", "epochs"),
        ("bottleneck", "latent"),
    }


@pytest.mark.parametrize("kind", options_by_kind(Dataset))
def test_accepts_all_images_except_validation_images(kind: str) -> None:
    config = RunConfig().changed({"dataset.kind": kind, "training.loss": "mse"})
    limit = config.dataset.max_images()
    assert config.changed({"dataset.images": limit}).dataset.images == limit
    with pytest.raises(ValidationError):
        config.changed({"dataset.images": limit + 1})


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, lambda c: c == RunConfig()),
        ({"training.length.epochs": 3}, lambda c: c.training.length.epochs == 3 and c.training.batch_size == 256),
        ({"training.length.epochs": "3"}, lambda c: c.training.length.epochs == 3),
        ({"training.length": Steps(steps=9)}, lambda c: c.training.length == Steps(steps=9)),
        (
            {"training.length.steps": 9, "training.length.kind": "steps"},
            lambda c: c.training.length == Steps(steps=9),
        ),
        ({"network.widths": [9, 8]}, lambda c: c.network.widths == (9, 8)),
        ({"network.kind": "conv"}, lambda c: c.network.kind == "conv" and c.network.channels == (32, 32)),
        ({"network.channels": [4], "network.kind": "conv"}, lambda c: c.network.channels == (4,)),
        (
            {"training.schedule.final_factor": 0.5, "training.schedule.kind": "cosine"},
            lambda c: c.training.schedule.final_factor == 0.5,
        ),
        ({"bottleneck": {"kind": "variational", "beta": 4}}, lambda c: c.bottleneck.beta == 4),
        ({"bottleneck": {"kind": "linear"}}, lambda c: c == RunConfig()),
        ({"network.tied": True}, lambda c: c.network.tied is True),
        ({"dataset.images": None}, lambda c: c.dataset.images is None),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)
def test_changed_returns_a_modified_copy(changes: dict[str, Any], holds: Any) -> None:
    config = RunConfig()
    assert holds(config.changed(changes))
    assert config == RunConfig(), "the original is unchanged"


@pytest.mark.parametrize(
    "more",
    [
        {"training": {"batch_size": 64}},
        {"training": {"schedule": {"final_factor": 0.5}}, "training.batch_size": 64},
        {"training": {"schedule": {"kind": "cosine"}}},
        {"training": {}, "network": {"dropout": 0.1}},
        {"training": {"length": {"epochs": 7}}, "network": {"kind": "dense"}},
    ],
    ids=str,
)
def test_a_dict_changes_only_the_settings_that_it_names(more: dict[str, Any]) -> None:
    before = {"training.learning_rate": 0.5, "training.schedule.kind": "cosine", "network.widths": [9]}
    config = RunConfig().changed(before).changed(more)
    training = config.training
    assert (training.learning_rate, training.schedule.kind, config.network.widths) == (0.5, "cosine", (9,))


def test_a_model_replaces_its_group() -> None:
    config = RunConfig().changed({"training.learning_rate": 0.5}).changed({"training": Training(batch_size=64)})
    assert config.training == Training(batch_size=64)


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({}, 3e-3),
        ({"training.optimizer.kind": "sgd"}, 3e-3),
        ({"training.optimizer.kind": "muon"}, Muon.default_learning_rate),
        ({"training": {"optimizer": {"kind": "muon"}}}, Muon.default_learning_rate),
        ({"training.optimizer": Muon(momentum=0.9)}, Muon.default_learning_rate),
        ({"training.optimizer.kind": "muon", "training.learning_rate": 0.01}, 0.01),
        ({"training": {"learning_rate": 0.01, "optimizer": {"kind": "muon"}}}, 0.01),
        ({"training": Training(optimizer=Muon(), learning_rate=0.01)}, 0.01),
        ({"training": Training(optimizer=Muon())}, Muon.default_learning_rate),
        ({"training.batch_size": 64}, 3e-3),
    ],
    ids=str,
)
def test_a_new_optimizer_brings_its_learning_rate(changes: dict[str, Any], rate: float) -> None:
    config = RunConfig().changed({"training.learning_rate": 3e-3}).changed(changes)
    assert config.training.learning_rate == rate
    assert config.changed({"training.optimizer.kind": config.training.optimizer.kind}) == config
    if config.training.optimizer.kind == "muon":
        assert config.changed({"training.optimizer.kind": "adamw"}).training.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ({}, 1e-3),
        ({"optimizer": {"kind": "sgd"}}, 1e-3),
        ({"optimizer": {"kind": "muon"}}, Muon.default_learning_rate),
        ({"optimizer": {"kind": "muon"}, "learning_rate": 1e-3}, 1e-3),
    ],
    ids=str,
)
def test_the_default_learning_rate_is_that_of_the_optimizer(settings: dict[str, Any], rate: float) -> None:
    assert RunConfig.model_validate({"training": settings}).training.learning_rate == rate


def test_same_kind_keeps_its_settings_and_new_kind_has_defaults() -> None:
    config = RunConfig().changed({"network.widths": [9]})
    assert config.changed({"network.kind": "dense"}).network.widths == (9,)
    restored = config.changed({"network.kind": "conv"}).changed({"network.kind": "dense"})
    assert restored.network.widths == RunConfig().network.widths


def test_configs_are_frozen_and_hashable() -> None:
    config = RunConfig()
    with pytest.raises(ValidationError):
        config.training = None
    assert hash(config) == hash(RunConfig())


def test_returns_latent_shape_and_size() -> None:
    config = RunConfig().changed({"network.kind": "conv", "bottleneck.kind": "feature-map"})
    assert config.latent_shape == (32, 7, 7)
    assert config.latent_size == 1568
