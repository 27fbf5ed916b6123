"""Masking: random pixels set to 0."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength, uniform_per_pixel


class Masking(AdjustableCorruption):
    """Random pixels are set to 0.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["masking"] = "masking"
    title = "Masking"
    strongest = 0.8
    needs_images = False
    strength: float = Field(
        0.4, ge=0, le=1, title="Strength", description="Fraction of pixels set to 0.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        return x.masked_fill(uniform_per_pixel(x, generator) < broadcast_strength(x, strength), 0)
