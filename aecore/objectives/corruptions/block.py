"""Block: a black square at a random position."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import AdjustableCorruption, broadcast_strength, in_square


class Block(AdjustableCorruption):
    """A black square hides part of the image, at a random position.

    Pathak et al., Context encoders: feature learning by inpainting, CVPR 2016, section 3.3; square as in DeVries and
    Taylor, Cutout, 2017.
    """

    kind: Literal["block"] = "block"
    title = "Block"
    strongest = 0.8
    strength: float = Field(
        0.4, ge=0, le=1, title="Strength",
        description="Side of the square, as a fraction of the image's shorter side.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        height, width = x.shape[2:]
        side = (broadcast_strength(x, strength) * min(height, width)).round()  # (B, 1, 1, 1)
        position = torch.rand(2, *side.shape, generator=generator, device=x.device)
        top, left = (position[0] * (height - side + 1)).floor(), (position[1] * (width - side + 1)).floor()
        return x.masked_fill(in_square(x, top, left, side), 0)
