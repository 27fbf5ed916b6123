"""Bottlenecks: how features become a code. Every module of this package is imported here: a new one is a new file."""

from __future__ import annotations

import importlib
import pkgutil

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code

# A broken file stops the import, and with it the start: a bottleneck must not go missing silently.
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda m: (m.name != "projections", m.name)):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["LATENT", "Bottleneck", "BottleneckModule", "Code"]
