"""Networks: one file each. Every module of this package is imported here, so a new file is all a new network needs."""

from __future__ import annotations

import importlib
import pkgutil

from aecore.models.networks.base import Activation, Network, Shape

# A broken file stops the import, and with it the start: a network must not go missing silently.
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda m: (m.name != "dense", m.name)):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Activation", "Network", "Shape"]
