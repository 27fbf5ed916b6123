"""RunConfig: the definition of a run. Frozen, validated, JSON in and out; everything else follows from it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import torch
from pydantic import Field, model_validator

from aecore.bottlenecks import Bottleneck, Linear
from aecore.choices import Frozen, Impossible, union
from aecore.datasets import Dataset, Mnist5k
from aecore.networks import Network
from aecore.networks.dense import Dense
from aecore.schedules import Constant, Schedule

if TYPE_CHECKING:
    AnyDataset: TypeAlias = Dataset
    AnyNetwork: TypeAlias = Network
    AnyBottleneck: TypeAlias = Bottleneck
    AnySchedule: TypeAlias = Schedule
else:
    AnyDataset, AnyNetwork, AnyBottleneck, AnySchedule = map(union, (Dataset, Network, Bottleneck, Schedule))

#: The largest model the project trains, in numbers; a larger one would not fit a laptop's memory with its optimiser.
LARGEST_MODEL = 50_000_000


class Training(Frozen):
    """How the weights are found."""

    loss: Literal["bce", "mse"] = Field(
        "bce",
        title="Loss",
        description="BCE, cross-entropy, treats a pixel as a probability; MSE, squared error, as a measurement.",
        json_schema_extra={"labels": {"bce": "BCE", "mse": "MSE"}},
    )
    epochs: int = Field(
        10,
        ge=1,
        le=10_000,
        title="Epochs",
        description="How often every training image is seen.",
        json_schema_extra={"main": True},
    )
    batch_size: int = Field(256, ge=1, le=10_000, title="Batch size", description="Images per step.")
    learning_rate: float = Field(
        1e-3,
        gt=0,
        le=10,
        title="Learning rate",
        description="Length of a step (Adam, Kingma and Ba 2015).",
        json_schema_extra={"main": True, "step": 1e-4},
    )
    schedule: AnySchedule = Field(
        Constant(), title="Schedule", description="How the learning rate changes as training goes on."
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay (L2)",
        description="Pulls weights toward zero: adds this times each weight to its gradient.",
        json_schema_extra={"step": 1e-4},
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", description="The same seed gives the same numbers again.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", title="Precision", description="Auto takes bfloat16 where the processor is faster with it."
    )


class RunConfig(Frozen):
    """Everything that decides the outcome of a run, but for the machine."""

    dataset: AnyDataset = Field(Mnist5k(), title="Data", description="The pictures to learn from.")
    network: AnyNetwork = Field(Dense(), title="Network", description="What reads and draws the pictures.")
    bottleneck: AnyBottleneck = Field(Linear(), title="Bottleneck", description="How features become the code.")
    training: Training = Field(Training(), title="Training", description="How the weights are found.")

    @model_validator(mode="after")
    def _possible_together(self) -> Self:
        shape = self.dataset.image_shape
        with _beside("network"):
            self.network.check(shape)
        features = self.network.feature_shape(shape)
        with _beside("bottleneck"):
            self.bottleneck.check(features)
        with torch.device("meta"):  # shapes without memory
            parts = [self.network.encoder(shape), self.bottleneck.build(features, self.network)]
            parts.append(self.network.decoder(shape))
        size = sum(weight.numel() for part in parts for weight in part.parameters())
        if size > LARGEST_MODEL:
            raise Impossible(
                f"This model has {size / 1e6:,.0f} million parameters; at most {LARGEST_MODEL / 1e6:.0f} million are "
                "possible. Choose fewer or narrower layers.",
                "network",
            )
        return self

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one picture's code."""
        return self.bottleneck.latent_shape(self.network.feature_shape(self.dataset.image_shape))

    @property
    def latent_size(self) -> int:
        """How many numbers the code has."""
        return math.prod(self.latent_shape)

    def to_json(self) -> str:
        """The config as JSON; `RunConfig.model_validate_json` reads it back."""
        return self.model_dump_json(indent=2)

    def changed(self, changes: dict[str, Any]) -> RunConfig:
        """A config with some settings changed, by dotted path, like `{"training.epochs": 3}`.

        A changed `kind` starts from that kind's defaults. Raises pydantic.ValidationError.
        """
        tree = self.model_dump(mode="json")
        # Kinds first: they decide which other settings exist.
        for path, value in sorted(changes.items(), key=lambda change: not change[0].endswith(".kind")):
            *groups, leaf = path.split(".")
            node = tree
            for group in groups:
                if not isinstance(node.get(group), dict):
                    node[group] = {}  # refused below, if it stands where a value should
                node = node[group]
            if leaf == "kind" and node.get("kind") != value:
                node.clear()
            node[leaf] = value
        return RunConfig.model_validate(tree)


def changes(before: RunConfig, after: RunConfig) -> list[tuple[tuple[str, ...], Any]]:
    """The settings in which a config differs from another: their paths, and their values in `after`."""
    return list(_differences(before.model_dump(mode="json"), after.model_dump(mode="json"), ()))


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(after, dict) and isinstance(before, dict):
        if before.get("kind") != after.get("kind"):
            yield path, after["kind"]  # its own settings then differ as well, and say no more
        else:
            for name, value in after.items():
                yield from _differences(before.get(name), value, (*path, name))
    elif before != after:
        yield path, after


@contextmanager
def _beside(group: str) -> Iterator[None]:
    """Say what is impossible in a group of settings beside that group's field."""
    try:
        yield
    except Impossible as impossible:
        raise Impossible(str(impossible), group, *impossible.field) from None
