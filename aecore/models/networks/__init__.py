"""Networks, one file each: importing the package registers every network."""

from __future__ import annotations

from aecore.models.networks.base import Activation, Network, Shape
from aecore.options.registry import import_submodules

import_submodules(__name__, first="dense")

__all__ = ["Activation", "Network", "Shape"]
