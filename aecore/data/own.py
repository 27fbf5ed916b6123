"""Pictures of one's own: a gallery, scaled to the side and the colours that are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split
from aecore.data.collections import MOST, find, galleries
from aecore.data.downloads import DataUnavailable

#: ITU-R 601: how bright red, green and blue are to the eye.
_LUMA = torch.tensor([0.299, 0.587, 0.114])


def _newest() -> str:
    return next((kept.id for kept in galleries()), "")


def _tenth_of_newest() -> int:
    return next((_shared_out(kept.count) // 10 for kept in galleries()), 10)


def _shared_out(count: int) -> int:
    """How many of a gallery's pictures are not set apart for the test."""
    return count - max(5, count // 10)


class Own(Dataset):
    """Pictures of your own, kept on this machine: photos, drawings, scans, anything."""

    kind: Literal["own"] = "own"
    title = "Your own pictures"
    unit = "picture"
    capacity = _shared_out(MOST)
    preparation = ("square",)

    gallery: str = Field(
        default_factory=_newest,
        title="Pictures",
        description="Which of the kept collections to learn from.",
        json_schema_extra={"main": True},
    )
    side: Literal[28, 32, 64] = Field(
        28, title="Side", description="Height and width of a picture, in pixels.", json_schema_extra={"main": True}
    )
    colour: bool = Field(
        False, title="In colour", description="Red, green and blue, or grey.", json_schema_extra={"main": True}
    )
    images: int | None = Field(
        None, ge=10, title="Training pictures", description="How many to learn from; empty means all there are."
    )
    validation: int = Field(
        default_factory=_tenth_of_newest,
        ge=0,
        title="Validation pictures",
        description="Held back from training, to notice overfitting; 0 trains on all there are.",
    )

    @property
    def input_shape(self) -> Shape:
        return (3 if self.colour else 1, self.side, self.side)

    @classmethod
    def named(cls, setting: str) -> Mapping[str, str] | None:
        return {kept.id: kept.name for kept in galleries()} if setting == "gallery" else None

    @classmethod
    def command(cls) -> str:
        return "keep NAME FILE ..."

    def pool(self) -> int:
        kept = find(self.gallery)
        # A run of pictures that were deleted since stays readable.
        return _shared_out(kept.count) if kept else self.capacity

    def available(self) -> bool:
        return find(self.gallery) is not None

    def missing(self) -> str:
        if not self.gallery:
            return "There are no pictures of your own on this machine yet. Add some first."
        return f"The pictures “{self.gallery}” are not on this machine any more. Add them again, or choose others."

    def load(self) -> Data:
        kept = find(self.gallery)
        try:
            if kept is None:
                raise FileNotFoundError(self.gallery)
            pictures = kept.pictures()
        except (OSError, ValueError, KeyError) as error:
            raise DataUnavailable(self.missing()) from error
        images = _scaled(pictures, self.side, self.colour)
        # Shuffled once, the same way for everyone: people's pictures come in an order that means something.
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
        shuffled = Split(images[order], torch.zeros(len(images), dtype=torch.int64))
        pool = _shared_out(len(images))
        return self._split(shuffled.take(torch.arange(pool)), shuffled.take(torch.arange(pool, len(images))))


def _scaled(pictures: Tensor, side: int, colour: bool, batch: int = 256) -> Tensor:
    """(N, 3, 64, 64) to (N, 3 or 1, side, side), uint8."""
    parts = []
    for start in range(0, len(pictures), batch):
        values = pictures[start : start + batch].float()
        if not colour:
            values = torch.einsum("bchw,c->bhw", values, _LUMA)[:, None]
        if side != values.shape[2]:
            values = F.interpolate(values, (side, side), mode="bilinear", antialias=True)
        parts.append(values.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)
