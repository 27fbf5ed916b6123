"""SaltAndPepper: random black and white pixels."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength, uniform_per_pixel


class SaltAndPepper(AdjustableCorruption):
    """Random pixels become black or white, like dust on film.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["salt-and-pepper"] = "salt-and-pepper"
    title = "Salt and pepper"
    strongest = 0.8
    strength: float = Field(
        0.2, ge=0, le=1, title="Strength", description="Fraction of pixels set to black or white, half each.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        draw, fraction = uniform_per_pixel(x, generator), broadcast_strength(x, strength)
        salted = x.masked_fill(draw < fraction / 2, 1)
        # Pepper takes the other end of the range, so that a pixel keeps its color as the strength grows.
        return salted.masked_fill(draw >= 1 - fraction / 2, 0)
