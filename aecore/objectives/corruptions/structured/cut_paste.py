"""CutPaste: a patch of another image at a random position."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import broadcast_strength, in_square
from aecore.objectives.corruptions.structured.base import StructuredCorruption, pixel_positions, uniform


class CutPaste(StructuredCorruption):
    """A square of another image of the batch covers part of this one, at another position.

    Li et al., CutPaste: self-supervised learning for anomaly detection and localization, CVPR 2021, section 2.2.
    """

    kind: Literal["cut-paste"] = "cut-paste"
    title = "Pasted patch"
    strongest = 0.8
    strength: float = Field(
        0.5, ge=0, le=1, title="Strength",
        description="Side of the square, as a fraction of the image's shorter side.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        channels, height, width = x.shape[1:]
        others = x.roll(1, 0).flatten(2)  # (B, C, H W); the order of a batch is random already
        side = (broadcast_strength(x, strength) * min(height, width)).round()  # (B, 1, 1, 1)
        draws = uniform(4, x, generator)
        top, left, source_top, source_left = (
            (draws[:, i : i + 1] * (size - side + 1)).floor() for i, size in enumerate((height, width) * 2)
        )
        rows, columns = pixel_positions(x)
        source_rows = (rows - top + source_top).clamp(0, height - 1)
        source_columns = (columns - left + source_left).clamp(0, width - 1)
        source = (source_rows * width + source_columns).long().flatten(2).expand(-1, channels, -1)  # (B, C, H W)
        return torch.where(in_square(x, top, left, side), others.gather(2, source).reshape(x.shape), x)
