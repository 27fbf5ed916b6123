"""Users' own images as a dataset: an image collection, scaled to the chosen size and colors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split
from aecore.data.collections import MAX_IMAGES, collection_files, collection_labels, find_collection, list_collections
from aecore.errors import DataUnavailable
from aecore.images import SQUARE_STEPS
from aecore.utils.settings import settings

#: Luma weights of red, green and blue (ITU-R BT.601).
_LUMA = torch.tensor([0.299, 0.587, 0.114])


def _newest() -> str:
    return next((collection.id for collection in list_collections()), "")


def _tenth_of(collection_id: object) -> int:
    collection = find_collection(collection_id) if isinstance(collection_id, str) else None
    return _pool_size(collection.count) // 10 if collection else 10


def _pool_size(count: int) -> int:
    """Return how many of a collection's images remain after the test split."""
    return count - max(5, count // 10)


class OwnImages(Dataset):
    """Your own pictures, stored on this machine: photos, drawings or scans."""

    kind: Literal["own"] = "own"
    title = "Your own pictures"
    capacity = _pool_size(MAX_IMAGES)
    size_varies = True

    collection: str = Field(
        default_factory=_newest,
        title="Collection",
        description="The stored collection to train on.",
        json_schema_extra={"main": True},
    )
    side: Literal[28, 32, 64] = Field(
        28, title="Size", description="Height and width of the images, in pixels.", json_schema_extra={"main": True}
    )
    color: bool = Field(
        False,
        title="Color",
        description="Train on red, green and blue channels instead of gray.",
        json_schema_extra={"main": True},
    )
    images: int | None = Field(
        None, ge=10, title="Training images", description="Number of images to train on; empty means all."
    )
    validation: int = Field(
        default_factory=lambda: _tenth_of(_newest()),
        ge=0,
        title="Validation images",
        description="Held out from training to detect overfitting; 0 trains on all images.",
    )

    @property
    def input_shape(self) -> Shape:
        return (3 if self.color else 1, self.side, self.side)

    @property
    def preparation(self) -> tuple[str, ...]:
        collection = find_collection(self.collection)
        return collection.steps if collection else SQUARE_STEPS["crop"]

    @classmethod
    def allowed_values(cls, setting: str) -> Mapping[str, str] | None:
        if setting != "collection":
            return None
        return collection_labels()

    @classmethod
    def fetch_command(cls) -> str:
        return "import NAME PATH ..."

    @classmethod
    def dependent_defaults(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {"validation": _tenth_of(settings.get("collection", _newest()))}

    def pool_size(self) -> int:
        collection = find_collection(self.collection)
        # The settings of a run must stay valid after its collection was deleted.
        return _pool_size(collection.count) if collection else self.capacity

    def available(self) -> bool:
        return find_collection(self.collection) is not None

    def unavailable_message(self) -> str:
        if not self.collection:
            return "There are no pictures of your own here yet. Add some first."
        return f"The collection “{self.collection}” is no longer here. Add it again, or choose another."

    def stored_files(self) -> dict[str, Path]:
        if not self.available():
            raise DataUnavailable(self.unavailable_message())
        return {path.relative_to(settings().home).as_posix(): path for path in collection_files(self.collection)}

    def load(self) -> Data:
        collection = find_collection(self.collection)
        try:
            if collection is None:
                raise FileNotFoundError(self.collection)
            stored, labels = collection.load()
        except (OSError, ValueError, KeyError) as error:
            raise DataUnavailable(self.unavailable_message()) from error
        images = _resize(stored, self.side, self.color)
        # Users' images are often sorted, so a fixed shuffle precedes the choice of the test images.
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))
        shuffled = Split(images[order], labels[order])
        size = _pool_size(len(images))
        data = self._split(shuffled.take(torch.arange(size)), shuffled.take(torch.arange(size, len(images))))
        return replace(data, class_names=collection.class_names)


def _resize(images: Tensor, side: int, color: bool, batch_size: int = 256) -> Tensor:
    """Resize images (N, 3, 64, 64) to (N, 3 or 1, side, side), uint8."""
    resized = []
    for start in range(0, len(images), batch_size):
        values = images[start : start + batch_size].float()
        if not color:
            values = torch.einsum("bchw,c->bhw", values, _LUMA)[:, None]
        if side != values.shape[2]:
            values = F.interpolate(values, (side, side), mode="bilinear", antialias=True)
        resized.append(values.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(resized)
