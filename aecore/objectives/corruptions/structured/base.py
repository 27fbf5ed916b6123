"""StructuredCorruption: the base of corruptions that change the content of an image, and can add noise to it."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption


class StructuredCorruption(AdjustableCorruption):
    """A change that is larger than a pixel: a network that learns to undo it cannot copy its input.

    Trained on normal images only, it also undoes what is anomalous, which therefore has a large error.
    """

    noise: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Noise",
        description="Standard deviation of Gaussian noise that is added as well, at any strength; white is 1.",
        json_schema_extra={"step": 0.05},
    )

    def corrupt(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        changed = super().corrupt(x, generator)
        if not self.noise:
            return changed
        noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        return (changed + self.noise * noise).clamp(0, 1)


def uniform(count: int, x: Tensor, generator: torch.Generator | None, low: float = 0, high: float = 1) -> Tensor:
    """Draw `count` numbers for each image of x from [low, high): (B, count, 1, 1)."""
    drawn = torch.rand((len(x), count, 1, 1), generator=generator, device=x.device, dtype=x.dtype)
    return low + (high - low) * drawn


def pixel_positions(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows (H, 1) and columns (W) of the pixels of x."""
    height, width = x.shape[2:]
    return (
        torch.arange(height, device=x.device, dtype=x.dtype)[:, None],
        torch.arange(width, device=x.device, dtype=x.dtype),
    )
