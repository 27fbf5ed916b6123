"""Scratches: straight black or white lines."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import broadcast_strength
from aecore.objectives.corruptions.structured.base import StructuredCorruption, pixel_positions, uniform

_COUNT = 3  # scratches per image
_HALF_WIDTH = 1 / 28  # of the image's shorter side


class Scratches(StructuredCorruption):
    """Three straight lines, black or white, in random directions.

    Like the scars of Li et al., CutPaste: self-supervised learning for anomaly detection and localization, CVPR 2021.
    """

    kind: Literal["scratches"] = "scratches"
    title = "Scratches"
    strength: float = Field(
        0.5, ge=0, le=2, title="Strength",
        description="Length of each line, as a fraction of the image's shorter side.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        height, width = x.shape[2:]
        side = min(height, width)
        rows, columns = pixel_positions(x)
        angle = uniform(_COUNT, x, generator, 0, math.pi)
        down = rows - uniform(_COUNT, x, generator, 0, height - 1)  # (B, 3, H, W), from the middle of the line
        right = columns - uniform(_COUNT, x, generator, 0, width - 1)
        white = uniform(_COUNT, x, generator) < 0.5
        along = right * angle.cos() + down * angle.sin()
        across = down * angle.cos() - right * angle.sin()
        length = broadcast_strength(x, strength) * side
        # Each pixel has the color of the line that reaches it first, so that it keeps it as the lines grow.
        reach, first = torch.where(across.abs() <= _HALF_WIDTH * side, 2 * along.abs(), math.inf).min(1, keepdim=True)
        color = white.to(x.dtype).expand_as(across).gather(1, first)  # (B, 1, H, W)
        return torch.where((reach <= length) & (length > 0), color, x)
