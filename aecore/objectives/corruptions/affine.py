"""Affine: a random shift, rotation, scale and slant."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength


class Affine(AdjustableCorruption):
    """Shifted, rotated, scaled and slanted: a network that restores the original learns what stays the same.

    The affine distortions of Simard, Steinkraus, Platt, Best practices for convolutional neural networks applied to
    visual document analysis, ICDAR 2003, section 2.
    """

    kind: Literal["affine"] = "affine"
    title = "Affine"
    strength: float = Field(
        0.2, ge=0, le=1, title="Strength",
        description="Largest shift, as a fraction of half the image's side, and largest change of the entries of the "
        "matrix that rotates, scales and slants; 1 radian of rotation changes them by about 1.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        drawn = torch.rand((len(x), 2, 3), generator=generator, device=x.device, dtype=x.dtype)
        amounts = broadcast_strength(x, strength)  # (B, 1, 1, 1)
        matrices = torch.eye(2, 3, device=x.device, dtype=x.dtype) + amounts[:, 0] * (2 * drawn - 1)
        moved = grid_sample(x, affine_grid(matrices, list(x.shape), align_corners=False), align_corners=False)
        return torch.where(amounts > 0, moved.clamp(0, 1), x)  # rounding may change an unmoved image
