"""Gaussian: additive Gaussian noise."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength


class Gaussian(AdjustableCorruption):
    """Additive Gaussian noise, like a camera's noise in low light.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["gaussian"] = "gaussian"
    title = "Gaussian"
    needs_images = False
    strength: float = Field(
        0.3, ge=0, le=10, title="Strength", description="Standard deviation of the noise; white is 1.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        noisy = x + broadcast_strength(x, strength) * noise
        return noisy.clamp(0, 1) if x.dim() == 4 else noisy
