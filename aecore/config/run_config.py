"""RunConfig: the complete definition of a run, frozen, validated, and stored as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import torch
from pydantic import Field, model_validator

from aecore.config.changes import apply_changes
from aecore.config.training import Training
from aecore.data import Dataset, Mnist5k
from aecore.errors import IncompatibleSettings
from aecore.models.autoencoder import Autoencoder, output_shape
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear
from aecore.models.likelihoods import LIKELIHOODS, Likelihood
from aecore.models.networks import Network
from aecore.models.networks.dense import Dense
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.objectives.penalties import NoPenalty, Penalty
from aecore.optim.length import steps_per_epoch
from aecore.options.registry import FrozenModel, option_union

if TYPE_CHECKING:  # a type checker cannot evaluate a union that is built at run time
    AnyDataset: TypeAlias = Dataset
    AnyNetwork: TypeAlias = Network
    AnyBottleneck: TypeAlias = Bottleneck
    AnyCorruption: TypeAlias = Corruption
    AnyPenalty: TypeAlias = Penalty
else:
    AnyDataset, AnyNetwork, AnyBottleneck = map(option_union, (Dataset, Network, Bottleneck))
    AnyCorruption, AnyPenalty = map(option_union, (Corruption, Penalty))

#: More parameters, with the optimizer's state, would not fit a laptop's memory.
MAX_PARAMETERS = 50_000_000


class RunConfig(FrozenModel):
    """Everything that determines the result of a run, except the machine."""

    dataset: AnyDataset = Field(Mnist5k(), title="Data", description="The dataset to train on.")
    network: AnyNetwork = Field(Dense(), title="Network", description="The encoder and the decoder.")
    bottleneck: AnyBottleneck = Field(Linear(), title="Bottleneck", description="The layer that computes the code.")
    corruption: AnyCorruption = Field(
        NoCorruption(),
        title="Corruption",
        description="Noise added to the input; the reconstruction is compared with the clean image.",
    )
    penalty: AnyPenalty = Field(
        NoPenalty(), title="Penalty", description="A term for the code, added to the reconstruction loss."
    )
    training: Training = Field(Training(), title="Training", description="How the model is trained.")

    @model_validator(mode="after")
    def _check_compatibility(self) -> Self:
        shape = self.dataset.input_shape
        with _field_group("network"):
            self.network.check(shape)
        features = self.network.feature_shape(shape)
        with _field_group("bottleneck"):
            self.bottleneck.check(features)
        with _field_group("corruption"):
            self.corruption.check(shape)
        with _field_group("penalty"):
            self.penalty.check(self.bottleneck)
        self._check_range()
        self._check_likelihood()
        self._check_training()
        self._check_size()
        return self

    def _check_range(self) -> None:
        """Images lie in [0, 1]; vectors may have any values."""
        if self.network.output == "sigmoid" and not self.has_images:
            raise IncompatibleSettings(
                f"A sigmoid output lies in [0, 1], but {self.dataset.title} may exceed that range; choose linear.",
                "network", "output",
            )  # fmt: skip
        if self.training.loss == "bce" and not self.bounded_output:
            source = "a linear output" if self.has_images else self.dataset.title
            raise IncompatibleSettings(
                f"BCE needs values in [0, 1], but {source} may exceed that range; choose MSE as the loss.",
                "training",
                "loss",
            )

    def _check_likelihood(self) -> None:
        """A likelihood of pixels needs images, and several outputs for each of them."""
        if self.likelihood is None:
            return
        title = self.likelihood.title
        if not self.has_images or not self.bounded_output:
            source = "a linear output may exceed that range" if self.has_images else f"{self.dataset.title} has none"
            raise IncompatibleSettings(
                f"{title} needs pixels in [0, 1], but {source}; choose MSE as the loss.", "training", "loss"
            )
        shape = self.dataset.input_shape
        same_features = self.network.feature_shape(shape) == self.network.feature_shape(
            output_shape(shape, self.likelihood)
        )
        if self.network.shares_weights or not same_features:
            cause = "tied weights have one" if self.network.shares_weights else "a code without hidden layers has one"
            raise IncompatibleSettings(
                f"{title} needs {self.likelihood.outputs} outputs per pixel, but {cause}; choose another loss.",
                "training", "loss",
            )  # fmt: skip

    def _check_training(self) -> None:
        self.check_counts(self.dataset.training_images, self.dataset.held_out)
        batch = self.training.batch_size
        if self.penalty.compares and batch == 1:
            raise IncompatibleSettings(
                f"{self.penalty.title} compares the images of a batch, and the batch size is 1; choose a larger one.",
                "training", "batch_size",
            )  # fmt: skip
        if self.penalty.differentiates and self.network.batch_statistics:
            raise IncompatibleSettings(
                f"{self.penalty.title} differentiates each code with respect to its own image only, and batch norm "
                "makes it depend on the whole batch; choose layer norm or none.",
                "network", "norm",
            )  # fmt: skip

    def check_counts(self, images: int, validation: int) -> None:
        """Raise IncompatibleSettings if so many images for training and validation do not fit the settings."""
        for name in ("schedule", "stopping"):
            option = getattr(self.training, name)
            if option.needs_validation and not validation:
                raise IncompatibleSettings(
                    f"{Training.model_fields[name].title} ({option.title}) needs validation images, and none are held "
                    "out; hold some out, or choose another.",
                    "training", name,
                )  # fmt: skip
        batch = self.training.batch_size
        if self.network.batch_statistics and (batch == 1 or images % batch == 1):
            raise IncompatibleSettings(
                f"Batch norm needs at least two images per batch, and {images:,} images in batches of {batch:,} leave "
                "a batch of one; choose another batch size.",
                "training", "batch_size",
            )  # fmt: skip

    def _check_size(self) -> None:
        shape = self.dataset.input_shape
        with torch.device("meta"):  # shapes only, without memory
            modules = [self.network.encoder(shape), self.network.decoder(output_shape(shape, self.likelihood))]
            modules.append(self.bottleneck.build(self.network.feature_shape(shape), self.network))
        count = sum(parameter.numel() for module in modules for parameter in module.parameters())
        if not count:
            raise IncompatibleSettings(
                "This model has no trainable parameters; add a hidden layer to the network, or choose the linear "
                "bottleneck.",
                "network",
            )
        if count > MAX_PARAMETERS:
            raise IncompatibleSettings(
                f"This model has {count / 1e6:,.0f} million parameters; at most {MAX_PARAMETERS / 1e6:.0f} million are "
                "possible. Choose fewer or narrower layers.",
                "network",
            )

    @property
    def has_images(self) -> bool:
        """Whether the dataset consists of images (C, H, W) with pixels in [0, 1]."""
        return len(self.dataset.input_shape) == 3

    @property
    def bounded_output(self) -> bool:
        """Whether a sigmoid limits the model's output to [0, 1]."""
        return self.network.output == "sigmoid" or (self.network.output == "auto" and self.has_images)

    @property
    def likelihood(self) -> type[Likelihood] | None:
        """The likelihood of pixel values that the loss names; None with BCE and MSE."""
        return LIKELIHOODS.get(self.training.loss)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one code, without the batch."""
        return self.bottleneck.latent_shape(self.network.feature_shape(self.dataset.input_shape))

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions."""
        return math.prod(self.latent_shape)

    @property
    def stored_numbers(self) -> int:
        """How many numbers represent one code; an index of a codebook counts as one."""
        return self.bottleneck.stored_numbers(self.network.feature_shape(self.dataset.input_shape))

    @property
    def components(self) -> int:
        """Number of components of the PCA baseline: as many as the code has numbers, at most as the input has."""
        return min(self.stored_numbers, math.prod(self.dataset.input_shape))

    @property
    def steps_per_epoch(self) -> int:
        """Number of optimizer steps of one epoch."""
        return steps_per_epoch(self.dataset.training_images, self.training.batch_size)

    @property
    def length_text(self) -> str:
        """The length of the training in both units, such as `10 epochs, 320 steps`."""
        return self.training.length.text_in_both(self.steps_per_epoch)

    def build_model(self, device: str | None = None) -> Autoencoder:
        """Build a new model with PyTorch's initialization, on a device; "meta" gives shapes without memory."""
        with torch.device(device) if device else nullcontext():
            return Autoencoder.of(
                self.network, self.bottleneck, self.dataset.input_shape, self.bounded_output, self.likelihood
            )

    def to_json(self) -> str:
        """Return the config as JSON; `RunConfig.model_validate_json` reads it."""
        return self.model_dump_json(indent=2)

    def changed(self, changes: dict[str, Any]) -> RunConfig:
        """Return a copy with some settings changed.

        Args:
            changes: values by dotted path, such as `{"training.batch_size": 64, "training.length": Steps(steps=300)}`.
                A dict changes only the settings that it names: `{"training": {"batch_size": 64}}`. A new `kind`
                starts with its defaults; a new optimizer with another default learning rate brings it along, unless
                the changes name a rate.

        Raises:
            pydantic.ValidationError: a path does not exist, or a value is invalid.
        """
        tree = self.model_dump(mode="json")
        apply_changes(tree, changes)
        return RunConfig.model_validate(tree)


def changes(before: RunConfig, after: RunConfig) -> list[tuple[tuple[str, ...], Any]]:
    """Return the settings that differ between two configs: their paths and their values in `after`."""
    return list(_differences(before.model_dump(mode="json"), after.model_dump(mode="json"), ()))


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(after, dict) and isinstance(before, dict):
        if before.get("kind") != after.get("kind"):
            yield path, after["kind"]  # the settings of another kind are not comparable
        else:
            for name, value in after.items():
                yield from _differences(before.get(name), value, (*path, name))
    elif before != after:
        yield path, after


@contextmanager
def _field_group(group: str) -> Iterator[None]:
    """Prefix the field of an `IncompatibleSettings` error with a group of settings."""
    try:
        yield
    except IncompatibleSettings as error:
        raise IncompatibleSettings(str(error), group, *error.field) from None
