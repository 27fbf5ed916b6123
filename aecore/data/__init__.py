"""Datasets, one file each: importing the package registers every dataset."""

from __future__ import annotations

from aecore.data.base import Data, Dataset, Split
from aecore.data.mnist import Mnist, Mnist5k
from aecore.options.registry import import_submodules

import_submodules(f"{__name__}.torchvision", first="base")
import_submodules(__name__, first="mnist")

__all__ = ["Data", "Dataset", "Mnist", "Mnist5k", "Split", "default_dataset"]


def default_dataset() -> Dataset:
    """Return the full MNIST if it is on this machine, else the 5,000 digits that come with the installation."""
    return Mnist() if Mnist().available() else Mnist5k()
