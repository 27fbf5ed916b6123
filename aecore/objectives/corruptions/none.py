"""NoCorruption: the identity."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from aecore.objectives.corruptions.base import Corruption


class NoCorruption(Corruption):
    """No corruption: the model receives the clean input."""

    kind: Literal["none"] = "none"
    title = "None"
    does_nothing = True
    needs_images = False

    def corrupt(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        return x
