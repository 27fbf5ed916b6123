"""Corruptions that change the content of an image, one per file: a network that undoes them cannot copy its input."""

from __future__ import annotations

# Forms list the options in the order of these imports.
# isort: off
from aecore.objectives.corruptions.structured.base import StructuredCorruption
from aecore.objectives.corruptions.structured.cut_paste import CutPaste
from aecore.objectives.corruptions.structured.scratches import Scratches
from aecore.objectives.corruptions.structured.blobs import Blobs
from aecore.objectives.corruptions.structured.shuffled_patches import ShuffledPatches

# isort: on
from aecore.options.registry import import_submodules

import_submodules(__name__, first="base")

__all__ = ["Blobs", "CutPaste", "Scratches", "ShuffledPatches", "StructuredCorruption"]
