"""Penalties, one per file: terms added to the reconstruction loss that give the code a desired property.

This package imports all its modules: to add a penalty, add a file.
"""

from __future__ import annotations

import importlib
import pkgutil

# Forms list the options in the order of these imports.
# isort: off
from aecore.objectives.penalties.base import Penalty
from aecore.objectives.penalties.none import NoPenalty
from aecore.objectives.penalties.l1 import L1
from aecore.objectives.penalties.kl_sparsity import KLSparsity, sparsity_divergence
from aecore.objectives.penalties.contractive import Contractive, squared_jacobian
from aecore.objectives.penalties.mmd import MMD, squared_mmd
# isort: on

# A broken file raises here, so that no penalty goes missing silently.
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = [
    "L1",
    "MMD",
    "Contractive",
    "KLSparsity",
    "NoPenalty",
    "Penalty",
    "sparsity_divergence",
    "squared_jacobian",
    "squared_mmd",
]
