"""Blobs: soft spots of a random brightness."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import broadcast_strength
from aecore.objectives.corruptions.structured.base import StructuredCorruption, pixel_positions, uniform

_COUNT = 3  # spots per image


class Blobs(StructuredCorruption):
    """Three round spots with soft edges, each of one random brightness.

    A simple form of the textured regions of Zavrtanik et al., DRAEM, ICCV 2021, section 3.3.
    """

    kind: Literal["blobs"] = "blobs"
    title = "Blobs"
    strength: float = Field(
        0.15, ge=0, le=1, title="Strength",
        description="Radius of each spot, as a fraction of the image's shorter side.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        height, width = x.shape[2:]
        rows, columns = pixel_positions(x)
        down = rows - uniform(_COUNT, x, generator, 0, height - 1)
        right = columns - uniform(_COUNT, x, generator, 0, width - 1)
        brightness = uniform(_COUNT, x, generator)
        radius = broadcast_strength(x, strength) * min(height, width)
        # Each pixel belongs to the nearest spot, so that it keeps its brightness as the spots grow.
        distance, nearest = (down.square() + right.square()).sqrt().min(dim=1, keepdim=True)  # (B, 1, H, W)
        opacity = (radius - distance + 0.5).clamp(0, 1) * (radius > 0)  # the edge is one pixel wide
        value = brightness.expand(-1, -1, height, width).gather(1, nearest)
        return x + opacity * (value - x)
