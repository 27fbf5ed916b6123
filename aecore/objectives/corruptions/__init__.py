"""Corruptions, one per file. This package imports all its modules: to add a corruption, add a file.

A corruption changes the encoder's input; the reconstruction is still compared with the clean input.
Images are (B, C, H, W) in [0, 1] and stay in that range; other data, such as vectors (B, F), may hold any values.
"""

from __future__ import annotations

from aecore.options.registry import import_submodules

# Forms list the options in the order of these imports.
# isort: off
from aecore.objectives.corruptions.base import Corruption, corrupted
from aecore.objectives.corruptions.none import NoCorruption
from aecore.objectives.corruptions.adjustable import AdjustableCorruption
from aecore.objectives.corruptions.gaussian import Gaussian
from aecore.objectives.corruptions.salt_and_pepper import SaltAndPepper
from aecore.objectives.corruptions.masking import Masking
from aecore.objectives.corruptions.block import Block
from aecore.objectives.corruptions.blur import Blur
from aecore.objectives.corruptions.structured import Blobs, CutPaste, Scratches, ShuffledPatches
# isort: on

import_submodules(__name__, first="none")

__all__ = [
    "AdjustableCorruption",
    "Blobs",
    "Block",
    "Blur",
    "Corruption",
    "CutPaste",
    "Gaussian",
    "Masking",
    "NoCorruption",
    "SaltAndPepper",
    "Scratches",
    "ShuffledPatches",
    "corrupted",
]
