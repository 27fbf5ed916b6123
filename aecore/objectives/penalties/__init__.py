"""Penalties, one per file: terms added to the reconstruction loss that give the code a desired property.

This package imports all its modules: to add a penalty, add a file.
"""

from __future__ import annotations

from aecore.options.registry import import_submodules

# Forms list the options in the order of these imports.
# isort: off
from aecore.objectives.penalties.base import Penalty
from aecore.objectives.penalties.none import NoPenalty
from aecore.objectives.penalties.l1 import L1
from aecore.objectives.penalties.kl_sparsity import KLSparsity, sparsity_divergence
from aecore.objectives.penalties.contractive import Contractive, squared_jacobian
from aecore.objectives.penalties.mmd import MMD, squared_mmd
# isort: on

import_submodules(__name__, first="none")

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
