"""RunConfig: the definition of a run. FrozenModel, validated, JSON in and out; everything else follows from it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import torch
from pydantic import Field, model_validator

from aecore.data import Dataset, Mnist5k
from aecore.errors import IncompatibleSettings
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks import Network
from aecore.models.networks.dense import Dense
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.objectives.penalties import NoPenalty, Penalty
from aecore.optim.optimizers import Adam, Optimizer
from aecore.optim.schedules import Constant, Schedule
from aecore.optim.stopping import NoStopping, Stopping
from aecore.options.registry import FrozenModel, option_union

if TYPE_CHECKING:
    AnyDataset: TypeAlias = Dataset
    AnyNetwork: TypeAlias = Network
    AnyBottleneck: TypeAlias = Bottleneck
    AnyCorruption: TypeAlias = Corruption
    AnyPenalty: TypeAlias = Penalty
    AnyOptimizer: TypeAlias = Optimizer
    AnySchedule: TypeAlias = Schedule
    AnyStopping: TypeAlias = Stopping
else:
    AnyDataset, AnyNetwork, AnyBottleneck, AnyCorruption = map(option_union, (Dataset, Network, Bottleneck, Corruption))
    AnyPenalty, AnyOptimizer, AnySchedule, AnyStopping = map(option_union, (Penalty, Optimizer, Schedule, Stopping))

#: The largest model the project trains, in numbers; a larger one would not fit a laptop's memory with its optimizer.
LARGEST_MODEL = 50_000_000


class Training(FrozenModel):
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
        description="Length of a step.",
        json_schema_extra={"main": True, "step": 1e-4},
    )
    optimizer: AnyOptimizer = Field(Adam(), title="Optimizer", description="How a gradient becomes a step.")
    schedule: AnySchedule = Field(
        Constant(), title="Schedule", description="How the learning rate changes as training goes on."
    )
    warmup: float = Field(
        0.0,
        ge=0,
        le=1000,
        title="Warm-up, epochs",
        description="The learning rate rises from nothing over so many epochs, whatever the schedule.",
        json_schema_extra={"step": 1.0},
    )
    stopping: AnyStopping = Field(NoStopping(), title="Ends", description="When training is over.")
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay (L2)",
        description="Pulls weights toward zero: adds this times each weight to its gradient (AdamW: to its step).",
        json_schema_extra={"step": 1e-4},
    )
    l1: float = Field(
        0.0,
        ge=0,
        le=1,
        title="L1 on the weights",
        description="Adds this times the sum of all weights' sizes to the loss: many weights become nearly zero.",
        json_schema_extra={"step": 1e-4},
    )
    init: Literal["mean-image", "pytorch", "glorot"] = Field(
        "mean-image",
        title="First weights",
        description="Mean picture: PyTorch's, but the first answer is the mean of the training images, which keeps a "
        "model off the all-black answer. Glorot: uniform with zero biases, as in Keras.",
        json_schema_extra={"labels": {"mean-image": "Mean picture", "pytorch": "PyTorch", "glorot": "Glorot"}},
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", description="The same seed gives the same numbers again.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", title="Precision", description="Auto takes bfloat16 where the processor is faster with it."
    )


class RunConfig(FrozenModel):
    """Everything that decides the outcome of a run, but for the machine."""

    dataset: AnyDataset = Field(Mnist5k(), title="Data", description="What to learn from.")
    network: AnyNetwork = Field(Dense(), title="Network", description="What reads and draws the pictures.")
    bottleneck: AnyBottleneck = Field(Linear(), title="Bottleneck", description="How features become the code.")
    corruption: AnyCorruption = Field(
        NoCorruption(),
        title="Noise",
        description="What is done to a picture before it is read; the target is the clean one.",
    )
    penalty: AnyPenalty = Field(NoPenalty(), title="Penalty", description="What else the loss asks of the code.")
    training: Training = Field(Training(), title="Training", description="How the weights are found.")

    @model_validator(mode="after")
    def _possible_together(self) -> Self:
        shape = self.dataset.input_shape
        with _beside("network"):
            self.network.check(shape)
        features = self.network.feature_shape(shape)
        with _beside("bottleneck"):
            self.bottleneck.check(features)
        with _beside("corruption"):
            self.corruption.check(shape)
        with _beside("penalty"):
            self.penalty.check(self.bottleneck)
        self._check_range()
        self._check_training()
        self._check_size()
        return self

    def _check_range(self) -> None:
        """Pictures lie between 0 and 1; vectors may lie anywhere."""
        if self.network.output == "sigmoid" and not self.pictures:
            raise IncompatibleSettings(
                f"A sigmoid output stays between 0 and 1, and {self.dataset.title} holds any numbers; choose linear.",
                "network", "output",
            )  # fmt: skip
        if self.training.loss == "bce" and not self.bounded_output:
            what = "a linear output gives" if self.pictures else f"{self.dataset.title} holds"
            raise IncompatibleSettings(
                f"BCE compares probabilities, and {what} any numbers; choose MSE as the loss.", "training", "loss"
            )

    def _check_training(self) -> None:
        for name in ("schedule", "stopping"):
            choice = getattr(self.training, name)
            if choice.needs_validation and not self.dataset.validation:
                raise IncompatibleSettings(
                    f"{choice.title} watches the validation images, and none are held back; hold some back, or choose "
                    "another.",
                    "training", name,
                )  # fmt: skip
        images, batch = self.dataset.images or self.dataset.max_images(), self.training.batch_size
        if self.network.batch_statistics and (batch == 1 or images % batch == 1):
            raise IncompatibleSettings(
                f"Batch norm needs two or more images in every step, and {images:,} in steps of {batch:,} leave one "
                "alone; choose another batch size.",
                "training", "batch_size",
            )  # fmt: skip

        if self.penalty.compares and batch == 1:
            raise IncompatibleSettings(
                f"{self.penalty.title} compares the images of a step, and there is one in each; choose a larger batch "
                "size.",
                "training", "batch_size",
            )  # fmt: skip
        if self.penalty.differentiates and self.network.batch_statistics:
            raise IncompatibleSettings(
                f"{self.penalty.title} asks how each image moves its own code, and with batch norm each moves all; "
                "choose layer norm or none.",
                "network", "norm",
            )  # fmt: skip

    def _check_size(self) -> None:
        shape = self.dataset.input_shape
        with torch.device("meta"):  # shapes without memory
            parts = [self.network.encoder(shape), self.network.decoder(shape)]
            parts.append(self.bottleneck.build(self.network.feature_shape(shape), self.network))
        size = sum(weight.numel() for part in parts for weight in part.parameters())
        if not size:
            raise IncompatibleSettings(
                "This model has nothing to learn: no layer of the network or the bottleneck has a weight. Give it a "
                "hidden layer, or choose the linear bottleneck.",
                "network",
            )
        if size > LARGEST_MODEL:
            raise IncompatibleSettings(
                f"This model has {size / 1e6:,.0f} million parameters; at most {LARGEST_MODEL / 1e6:.0f} million are "
                "possible. Choose fewer or narrower layers.",
                "network",
            )

    @property
    def pictures(self) -> bool:
        """Whether it learns from pictures: channels, height and width of pixels in [0, 1]."""
        return len(self.dataset.input_shape) == 3

    @property
    def bounded_output(self) -> bool:
        """Whether a sigmoid keeps what the model puts out between 0 and 1."""
        return self.network.output == "sigmoid" or (self.network.output == "auto" and self.pictures)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one picture's code."""
        return self.bottleneck.latent_shape(self.network.feature_shape(self.dataset.input_shape))

    @property
    def latent_size(self) -> int:
        """How many numbers the code has."""
        return math.prod(self.latent_shape)

    @property
    def stored_numbers(self) -> int:
        """How many numbers have to be written down to keep one picture's code."""
        return self.bottleneck.stored_numbers(self.network.feature_shape(self.dataset.input_shape))

    @property
    def components(self) -> int:
        """How many components PCA is given beside it: as many as numbers are kept, at most as a picture has."""
        return min(self.stored_numbers, math.prod(self.dataset.input_shape))

    def build_model(self) -> Autoencoder:
        """A new model with PyTorch's initial weights."""
        return Autoencoder.of(self.network, self.bottleneck, self.dataset.input_shape, self.bounded_output)

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
    except IncompatibleSettings as impossible:
        raise IncompatibleSettings(str(impossible), group, *impossible.field) from None
