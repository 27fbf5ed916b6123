"""Bottlenecks: how features become a code, one file each. Importing the package registers every bottleneck."""

from __future__ import annotations

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code
from aecore.options.registry import import_submodules

import_submodules(__name__, first="projections")

__all__ = ["LATENT", "Bottleneck", "BottleneckModule", "Code"]
