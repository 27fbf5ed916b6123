"""Base class of the datasets, and their examples in memory as three splits.

A model is trained on the `training` examples and monitored on the `validation` examples. The reported scores come from
the `test` examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from aecore.data.inputs import Values, as_examples, as_tensor, check_scale
from aecore.errors import IncompatibleSettings, InvalidInput
from aecore.images import MNIST_STEPS
from aecore.options.registry import Option, options_by_kind
from aecore.options.shapes import Shape as Shape


@dataclass(frozen=True, init=False)
class Split:
    """Examples and their labels.

    Args:
        images: images (N, C, H, W), uint8 or floats in [0, 1]; other examples (N, *shape) float.
        labels: a class (N,) for each; None if they have none.

    Raises:
        InvalidInput: they are not numbers, the labels are not whole, or not as many as the examples.
    """

    images: Tensor
    labels: Tensor  # (N,) int64

    def __init__(self, images: Values, labels: Values | None = None) -> None:
        examples = as_tensor(images, "images")
        count = len(examples) if examples.dim() else 0
        given = torch.zeros(count, dtype=torch.int64) if labels is None else as_tensor(labels, "labels")
        classes = given.long()
        if not torch.equal(classes.to(given.dtype), given):
            raise InvalidInput("The labels contain NaN, infinity or fractions; each must be the number of a class.")
        if classes.shape != (count,):
            raise InvalidInput(
                f"The labels have the shape {tuple(classes.shape)} and the images {tuple(examples.shape)}; give one "
                f"whole number for each image, ({count},), or None."
            )
        object.__setattr__(self, "images", examples)
        object.__setattr__(self, "labels", classes)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: Tensor) -> Split:
        """Return the examples at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Data:
    """The examples of a dataset in three splits."""

    training: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> Shape:
        """Shape of one example: (C, H, W) for images."""
        return tuple(self.test.images.shape[1:])

    def checked(self, input_shape: Shape) -> Data:
        """Return the data as training uses them: images as uint8 or floats in [0, 1], other examples as floats.

        Args:
            input_shape: shape of one example.

        Raises:
            InvalidInput: the examples have another shape or range, or a split that training needs is empty.
        """
        splits = {name: getattr(self, name) for name in ("training", "validation", "test")}
        for name, split in splits.items():
            unit = f"{name} images" if len(input_shape) == 3 else f"{name} vectors"
            if not len(split) and name != "validation":
                raise InvalidInput(f"There are no {unit}; training needs at least one.")
            if len(split):
                examples = as_examples(split.images, input_shape, unit)
                if len(input_shape) != 3:
                    check_scale(examples, unit)
                splits[name] = Split(examples, split.labels)
        return Data(**splits, class_names=self.class_names)

    def examples(self) -> Tensor:
        """Return the indices of ten fixed test examples: the first of each class, then the first remaining ones."""
        first_of_class = [int(i) for c in torch.unique(self.test.labels) for i in (self.test.labels == c).nonzero()[0]]
        others = [i for i in range(min(len(self.test), 10)) if i not in first_of_class]
        return torch.tensor((first_of_class + others)[:10])


def validation_field(default: int) -> Any:
    """Return the field for the number of validation images."""
    return Field(
        default,
        ge=0,
        title="Validation images",
        description="Held out from training to detect overfitting; 0 trains on all images.",
        json_schema_extra={"step": 100},
    )


class Dataset(Option):
    """Base class of the datasets that a model can be trained on."""

    class_names: ClassVar[tuple[str, ...]] = ()  # known before the images are loaded; `Data.class_names` are theirs
    unit: ClassVar[str] = "image"  # name of one example
    shows_digits: ClassVar[bool] = False  # so that texts may speak of digits
    capacity: ClassVar[int]  # maximum number of training and validation examples together
    download_bytes: ClassVar[int] = 0
    size_varies: ClassVar[bool] = False  # with what users store; recipes adapt to it

    images: int | None = Field(
        None,
        ge=10,
        title="Training images",
        description="Number of images to train on; empty means all.",
        json_schema_extra={"main": True, "step": 500},
    )
    validation: int = validation_field(500)

    @property
    def input_shape(self) -> Shape:
        """Shape of one example: (C, H, W) for images."""
        raise NotImplementedError

    @property
    def short_name(self) -> str:
        """Name of the data as a part of a run's name."""
        return self.kind

    @property
    def preparation(self) -> tuple[str, ...]:
        """Names of the steps that make a user's image resemble this dataset, in the order of application."""
        return MNIST_STEPS

    def max_images(self) -> int:
        """Return the maximum number of training images, given the number of validation images."""
        return self.pool_size() - self.held_out

    @property
    def held_out(self) -> int:
        """Number of images held out for validation."""
        return self.validation

    @property
    def training_images(self) -> int:
        """Number of images to train on: `images`, or all that remain."""
        return self.images or self.max_images()

    def pool_size(self) -> int:
        """Return the number of examples available for training and validation together."""
        return self.capacity

    @model_validator(mode="after")
    def _check_split_sizes(self) -> Self:
        if self.max_images() < 10:
            raise IncompatibleSettings(
                f"Validation images is {self.validation:,}; {self.title} has {self.pool_size():,} images for training "
                f"and validation, so at most {self.pool_size() - 10:,} can be held out.",
                "validation",
            )
        if self.images is not None and self.images > self.max_images():
            raise IncompatibleSettings(
                f"Training images is {self.images:,}; {self.title} has {self.max_images():,} "
                f"besides the {self.held_out:,} held out for validation.",
                "images",
            )
        return self

    def available(self) -> bool:
        """Return whether the images can be loaded without a network connection."""
        return True

    def unavailable_message(self) -> str:
        """Return the message to show when the dataset is not available: what is missing and what to do."""
        fallback = next(iter(options_by_kind(Dataset).values())).title
        return f"{self.title} is missing or incomplete here. Download it first, or choose {fallback}."

    @classmethod
    def fetch_command(cls) -> str:
        """Return the arguments of the shell command that makes the dataset available."""
        return f"fetch {cls.model_fields['kind'].default}"

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        """Download the images. The default does nothing.

        Args:
            progress: called with the number of bytes downloaded so far and in total.

        Raises:
            DataUnavailable: the download failed; nothing on the disk has changed.
        """

    def stored_files(self) -> dict[str, Path]:
        """Return the files that `load` reads, by their path in an AECORE_HOME with the default folders.

        Another machine can load the dataset from copies of them. Files of installed packages are not among them.

        Raises:
            DataUnavailable: the images are not on this machine.
        """
        return {}

    def load(self) -> Data:
        """Load the images into memory.

        Raises:
            DataUnavailable: the images are not on this machine.
        """
        raise NotImplementedError

    def _split(self, pool: Split, test: Split) -> Data:
        """Split the pool by a fixed shuffle, so that a smaller training set is part of every larger one."""
        order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(0))
        validation, rest = order[: self.held_out], order[self.held_out :]
        return Data(pool.take(rest[: self.images]), pool.take(validation), test, self.class_names)
