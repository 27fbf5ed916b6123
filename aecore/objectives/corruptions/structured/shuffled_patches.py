"""ShuffledPatches: tiles of the image that change places."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.corruptions.adjustable import broadcast_strength
from aecore.objectives.corruptions.structured.base import StructuredCorruption

_TILES = 4  # along the shorter side


class ShuffledPatches(StructuredCorruption):
    """The image is cut into tiles, four along its shorter side, and some of them change places.

    Salehi et al., Puzzle-AE: novelty detection in images through solving puzzles, 2020, section 3.
    """

    kind: Literal["shuffled-patches"] = "shuffled-patches"
    title = "Shuffled patches"
    strength: float = Field(
        0.5, ge=0, le=1, title="Strength", description="Fraction of the tiles that change places.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        batch, channels, height, width = x.shape
        side = max(1, min(height, width) // _TILES)
        rows, columns = height // side, width // side
        inner = x[:, :, : rows * side, : columns * side].reshape(batch, channels, rows, side, columns, side)
        tiles = inner.permute(0, 2, 4, 1, 3, 5).flatten(1, 2)  # (B, tiles, C, side, side)
        draw = torch.rand(batch, rows * columns, generator=generator, device=x.device)
        order = draw.argsort(dim=1)  # (B, tiles); the first ones take the place of the next, the last that of the first
        moved = (broadcast_strength(x, strength).reshape(batch, 1) * rows * columns).round().long()  # (B, 1)
        rank = torch.arange(rows * columns, device=x.device).expand_as(order)
        following = torch.where(rank < moved, (rank + 1) % moved.clamp(min=1), rank)
        source = torch.empty_like(order).scatter_(1, order, order.gather(1, following))
        shuffled = tiles.gather(1, source[:, :, None, None, None].expand_as(tiles))
        shuffled = shuffled.reshape(batch, rows, columns, channels, side, side).permute(0, 3, 1, 4, 2, 5)
        result = x.clone()
        result[:, :, : rows * side, : columns * side] = shuffled.reshape(batch, channels, rows * side, columns * side)
        return result
