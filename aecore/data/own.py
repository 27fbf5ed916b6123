"""Pictures of one's own: a gallery, scaled to the side and the colors that are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split
from aecore.data.collections import MOST, find, list_collections
from aecore.errors import DataUnavailable

#: ITU-R 601: how bright red, green and blue are to the eye.
_LUMA = torch.tensor([0.299, 0.587, 0.114])


def _newest() -> str:
    return next((kept.id for kept in list_collections()), "")


def _tenth_of_newest() -> int:
    return next((_shared_out(kept.count) // 10 for kept in list_collections()), 10)


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

    collection: str = Field(
        default_factory=_newest,
        title="Pictures",
        description="Which of the kept collections to learn from.",
        json_schema_extra={"main": True},
    )
    side: Literal[28, 32, 64] = Field(
        28, title="Side", description="Height and width of a picture, in pixels.", json_schema_extra={"main": True}
    )
    color: bool = Field(
        False, title="In color", description="Red, green and blue, or gray.", json_schema_extra={"main": True}
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
        return (3 if self.color else 1, self.side, self.side)

    @classmethod
    def named(cls, setting: str) -> Mapping[str, str] | None:
        return {kept.id: kept.name for kept in list_collections()} if setting == "collection" else None

    @classmethod
    def command(cls) -> str:
        return "import NAME PATH ..."

    def pool(self) -> int:
        kept = find(self.collection)
        # A run of pictures that were deleted since stays readable.
        return _shared_out(kept.count) if kept else self.capacity

    def available(self) -> bool:
        return find(self.collection) is not None

    def missing(self) -> str:
        if not self.collection:
            return "There are no pictures of your own on this machine yet. Add some first."
        return f"The pictures “{self.collection}” are not on this machine any more. Add them again, or choose others."

    def load(self) -> Data:
        kept = find(self.collection)
        try:
            if kept is None:
                raise FileNotFoundError(self.collection)
            pictures = kept.pictures()
        except (OSError, ValueError, KeyError) as error:
            raise DataUnavailable(self.missing()) from error
        images = _scaled(pictures, self.side, self.color)
        # Shuffled once, the same way for everyone: people's pictures come in an order that means something.
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
        shuffled = Split(images[order], torch.zeros(len(images), dtype=torch.int64))
        pool = _shared_out(len(images))
        return self._split(shuffled.take(torch.arange(pool)), shuffled.take(torch.arange(pool, len(images))))


def _scaled(pictures: Tensor, side: int, color: bool, batch: int = 256) -> Tensor:
    """(N, 3, 64, 64) to (N, 3 or 1, side, side), uint8."""
    parts = []
    for start in range(0, len(pictures), batch):
        values = pictures[start : start + batch].float()
        if not color:
            values = torch.einsum("bchw,c->bhw", values, _LUMA)[:, None]
        if side != values.shape[2]:
            values = F.interpolate(values, (side, side), mode="bilinear", antialias=True)
        parts.append(values.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)
