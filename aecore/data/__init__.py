"""Datasets: one file each. Every module of this package is imported here, so a new file is all a new one needs."""

from __future__ import annotations

import importlib
import pkgutil

from aecore.data.base import Data, Dataset, Split
from aecore.data.mnist import Mnist, Mnist5k

# A broken file stops the import, and with it the start: a data set must not go missing silently.
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda m: (m.name != "mnist", m.name)):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Data", "Dataset", "Mnist", "Mnist5k", "Split", "default_dataset"]


def default_dataset() -> Dataset:
    """The full MNIST where it is on this machine, else the digits that come with the installation."""
    return Mnist() if Mnist().available() else Mnist5k()
