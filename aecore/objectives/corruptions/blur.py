"""Blur: a Gaussian filter."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength


class Blur(AdjustableCorruption):
    """Gaussian blur, like a lens out of focus.

    Weights exp(-d^2 / (2 strength^2)) of the distance d: Gonzalez and Woods, Digital image processing, section 3.5.
    """

    kind: Literal["blur"] = "blur"
    title = "Blur"
    strongest = 4.0
    strength: float = Field(
        1.5, ge=0, le=20, title="Strength", description="Standard deviation of the Gaussian kernel, in pixels.",
        json_schema_extra={"main": True, "step": 0.25},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        rows, columns = (_blur_matrix(size, broadcast_strength(x, strength)) for size in x.shape[2:])
        return (rows @ x @ columns.mT).clamp(0, 1)  # rounding may leave the range


def _blur_matrix(size: int, deviation: Tensor) -> Tensor:
    """Weights of a one-dimensional Gaussian filter as matrices (B, 1, size, size), for deviations (B, 1, 1, 1).

    One matrix per image, because each has its own deviation. Each row sums to 1 over the pixels inside the image, so
    that the image does not darken toward its edges.
    """
    position = torch.arange(size, device=deviation.device, dtype=deviation.dtype)
    distance = (position[:, None] - position) / deviation.clamp(min=1e-3)  # below that, neighbors have no weight
    return (-distance.square() / 2).softmax(dim=-1)
