"""Users' own images as a dataset: an image collection, scaled to the chosen size and colors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split
from aecore.data.collections import (
    MAX_PATCHES,
    STORED_SIDE,
    ImageCollection,
    collection_files,
    collection_labels,
    find_collection,
    list_collections,
)
from aecore.errors import DataUnavailable
from aecore.images import SQUARE_STEPS, ImageArray, Pixels, prepare
from aecore.images.patches import MAX_SIDE, PATCH_SIDE, cut, to_patch_picture
from aecore.images.prepare import Size
from aecore.utils.settings import settings


@dataclass(frozen=True)
class Picture:
    """A picture as a model sees it: in one image, or in patches."""

    images: Tensor  # (P, C, side, side) uint8
    size: Size = (PATCH_SIDE, PATCH_SIDE)  # of the picture that the patches cover, in pixels; the default is one patch


#: Luma weights of red, green and blue (ITU-R BT.601).
_LUMA = torch.tensor([0.299, 0.587, 0.114])


def _newest() -> str:
    return next((collection.id for collection in list_collections()), "")


def _tenth_of(collection_id: object) -> int:
    collection = find_collection(collection_id) if isinstance(collection_id, str) else None
    return sum(_pool(collection)) // 10 if collection else 10


def _pool_size(count: int) -> int:
    """Return how many of a collection's pictures remain after the test split."""
    return count - max(5, count // 10)


def _shuffled(count: int) -> Tensor:
    """Return a fixed order of pictures: users' images are often sorted. The last ones are the test images."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(1))


def _pool(collection: ImageCollection) -> list[int]:
    """Return the number of images of each picture that is no test image, in the shuffled order."""
    lengths, order = collection.picture_lengths(), _shuffled(collection.pictures).tolist()
    return [lengths[i] for i in order[: _pool_size(len(order))]]


class OwnImages(Dataset):
    """Your own pictures, stored on this machine: photos, drawings or scans."""

    kind: Literal["own"] = "own"
    title = "Your own pictures"
    capacity = _pool_size(MAX_PATCHES)
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
    def short_name(self) -> str:
        return collection_labels().get(self.collection, self.kind)

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
        return sum(_pool(collection)) if collection else self.capacity

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
        collection, split, lengths = self._load()
        size = sum(lengths[: _pool_size(len(lengths))])
        pool, test = split.take(torch.arange(size)), split.take(torch.arange(size, len(split)))
        if collection.sizes:  # by picture, so that patches of one picture are not in several splits
            training = pool.take(torch.arange(self.held_out, size)[: self.images])
            return Data(training, pool.take(torch.arange(self.held_out)), test, collection.class_names)
        return replace(self._split(pool, test), class_names=collection.class_names)

    def held_out_pictures(self) -> list[Picture]:
        """Load the pictures that a run is not trained on: those of the validation and of the test images.

        Raises:
            DataUnavailable: the collection is not on this machine.
        """
        collection, split, lengths = self._load()
        if not collection.sizes:
            data = self.load()
            return [Picture(image[None]) for image in torch.cat([data.validation.images, data.test.images])]
        sizes = [collection.sizes[i] for i in _shuffled(collection.pictures).tolist()]
        pictures = [
            Picture(images, size) for images, size in zip(torch.split(split.images, lengths), sizes, strict=True)
        ]
        ends = torch.tensor(lengths).cumsum(0).tolist()
        tested = _pool_size(len(lengths))
        # One with patches in the validation and in the training images is not held out.
        return [p for i, (p, end) in enumerate(zip(pictures, ends, strict=True)) if end <= self.held_out or i >= tested]

    def has_patches(self) -> bool:
        """Return whether the images are patches of pictures at their own resolution."""
        collection = find_collection(self.collection)
        return collection is not None and bool(collection.sizes)

    def picture(self, image: ImageArray) -> tuple[Pixels, Picture]:
        """Prepare an image (H, W) or (H, W, 3) uint8, of any size, as the pictures of the collection were.

        Returns:
            The prepared image (H', W', 3) at its own resolution, for display, and what a model sees of it.
        """
        if self.has_patches():
            shown = to_patch_picture(image)
            images, size = cut(shown), (shown.shape[0], shown.shape[1])
        else:
            side = min(max(PATCH_SIDE, *image.shape[:2]), MAX_SIDE)
            shown = prepare(image, (3, side, side), self.preparation).model_input
            images = prepare(image, (3, STORED_SIDE, STORED_SIDE), self.preparation).model_input[None]
            size = (PATCH_SIDE, PATCH_SIDE)
        return shown, Picture(self._inputs(torch.from_numpy(images).permute(0, 3, 1, 2)), size)

    def _inputs(self, images: Tensor) -> Tensor:
        return _resize(images, self.side, self.color)

    def _load(self) -> tuple[ImageCollection, Split, list[int]]:
        """Load the collection, its images picture by picture in the shuffled order, and their number per picture."""
        collection = find_collection(self.collection)
        try:
            if collection is None:
                raise FileNotFoundError(self.collection)
            stored, labels = collection.load()
        except (OSError, ValueError, KeyError) as error:
            raise DataUnavailable(self.unavailable_message()) from error
        lengths, pictures = collection.picture_lengths(), _shuffled(collection.pictures).tolist()
        parts = torch.split(torch.arange(len(stored)), lengths)
        order = torch.cat([parts[i] for i in pictures])
        return collection, Split(self._inputs(stored)[order], labels[order]), [lengths[i] for i in pictures]


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
