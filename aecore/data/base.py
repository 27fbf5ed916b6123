"""Dataset: the contract of everything a run learns from; Data: its examples in memory, as tensors in three splits.

`training` examples are learned from, `validation` examples watch the training, `test` examples give the reported
numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.images import AS_MNIST
from aecore.options.registry import Option, kinds
from aecore.options.shapes import Shape as Shape


@dataclass(frozen=True)
class Split:
    """Examples and their labels."""

    images: Tensor  # pictures (N, C, H, W) uint8; or (N, *shape) float, for what is no picture
    labels: Tensor  # (N,) int64

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: Tensor) -> Split:
        """The images at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Data:
    """What a run learns from and is scored by."""

    training: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> Shape:
        """Channels, height, width; or the shape of whatever else an example is."""
        return tuple(self.test.images.shape[1:])

    def examples(self) -> Tensor:
        """Indices of ten fixed test images: the first of each class, then the first ones left, in that order."""
        firsts = [int(i) for c in torch.unique(self.test.labels) for i in (self.test.labels == c).nonzero()[0]]
        others = [i for i in range(min(len(self.test), 10)) if i not in firsts]
        return torch.tensor((firsts + others)[:10])


def held_back(default: int) -> Any:
    """The field that says how many images are held back from training."""
    return Field(
        default,
        ge=0,
        title="Validation images",
        description="Held back from training, to notice overfitting; 0 trains on all there are.",
        json_schema_extra={"step": 100},
    )


class Dataset(Option):
    """What a run learns from."""

    class_names: ClassVar[tuple[str, ...]] = ()
    unit: ClassVar[str] = "image"  # what one example is called
    capacity: ClassVar[int]  # the most examples that may be trained on or held back
    download_bytes: ClassVar[int] = 0
    preparation: ClassVar[tuple[str, ...]] = AS_MNIST  # steps that make any picture like one of its own

    images: int | None = Field(
        None,
        ge=10,
        title="Training images",
        description="How many to learn from; empty means all there are.",
        json_schema_extra={"main": True, "step": 500},
    )
    validation: int = held_back(500)

    @property
    def input_shape(self) -> Shape:
        """Shape of one example: channels, height, width of a picture."""
        raise NotImplementedError

    def limit(self) -> int:
        """The most images that can be trained on beside the ones held back for validation."""
        return self.pool() - self.validation

    def pool(self) -> int:
        """Examples that may be trained on or held back."""
        return self.capacity

    @model_validator(mode="after")
    def _enough_images(self) -> Self:
        if self.limit() < 10:
            raise IncompatibleSettings(
                f"Validation images is {self.validation:,}; {self.title} has {self.pool():,} to share out, "
                f"so at most {self.pool() - 10:,} can be held back.",
                "validation",
            )
        if self.images is not None and self.images > self.limit():
            raise IncompatibleSettings(
                f"Training images is {self.images:,}; {self.title} has {self.limit():,} "
                f"beside the {self.validation:,} held back for validation.",
                "images",
            )
        return self

    def available(self) -> bool:
        """Whether the images can be loaded without a network."""
        return True

    def missing(self) -> str:
        """What to say when it is not available."""
        at_hand = next(iter(kinds(Dataset).values())).title
        return f"{self.title} is not on this machine, or not whole. Fetch it first, or choose {at_hand}."

    @classmethod
    def command(cls) -> str:
        """What the shell says to bring the images to this machine."""
        return f"fetch {cls.model_fields['kind'].default}"

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        """Bring the images to this machine, calling `progress(bytes_so_far, bytes_in_all)`; nothing to do by default.

        Raises:
            DataUnavailable: they could not be fetched; nothing on the disk has changed.
        """

    def load(self) -> Data:
        """The images in memory.

        Raises:
            DataUnavailable: the images are not on this machine.
        """
        raise NotImplementedError

    def _split(self, pool: Split, test: Split) -> Data:
        """Share out the pool by one fixed shuffle, so that a smaller subset is part of every larger one."""
        order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(0))
        held, rest = order[: self.validation], order[self.validation :]
        return Data(pool.take(rest[: self.images]), pool.take(held), test, self.class_names)
