"""Images as files of common formats, by Pillow: one file per image, and one file with all images side by side."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, features

from aecore.images.tiles import Pixels, tile

_LOSSLESS = 100  # the setting of formats that have no other


@dataclass(frozen=True)
class FileFormat:
    """A file format that images are stored in."""

    name: str
    title: str
    pillow_name: str
    settings: tuple[int, ...]  # qualities, from small to large files
    options: dict[str, Any] = field(default_factory=dict)  # of Pillow's `save`
    feature: str = ""  # of Pillow, without which the format is missing

    @property
    def lossless(self) -> bool:
        """Whether the images return unchanged."""
        return self.settings == (_LOSSLESS,)

    def missing(self) -> str | None:
        """Return why Pillow cannot write the format here, or None."""
        if self.feature and not features.check(self.feature):
            return f"{self.title} is left out: Pillow cannot write it here; version 11.3 or later can."
        return None

    def save(self, image: Pixels, quality: int) -> bytes:
        """Encode an image (H, W, C), gray or color."""
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        buffer = io.BytesIO()
        quality_option = {} if self.lossless else {"quality": quality}
        picture.save(buffer, self.pillow_name, **self.options, **quality_option)
        return buffer.getvalue()

    def load(self, data: bytes, channels: int) -> Pixels:
        """Decode what `save` returned to (H, W, C); WebP stores gray images in color."""
        with Image.open(io.BytesIO(data), formats=(self.pillow_name,)) as picture:
            array = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
        return array.reshape(*array.shape[:2], channels)


@dataclass(frozen=True)
class StoredImages:
    """Images stored in one way."""

    bytes: int  # of all files
    overhead: int  # bytes of them that are not the images; see `overhead`
    images: Pixels  # (N, H, W, C) as they return


def store_single(file_format: FileFormat, quality: int, images: Pixels) -> StoredImages:
    """Store each image (N, H, W, C) in a file of its own."""
    size, returned = 0, []
    for image in images:
        data = file_format.save(image, quality)
        size += len(data)
        returned.append(file_format.load(data, images.shape[3]))
    return StoredImages(size, len(images) * overhead(file_format, quality, images.shape[1:]), np.stack(returned))


def store_together(file_format: FileFormat, quality: int, images: Pixels) -> StoredImages:
    """Store images (N, H, W, C) in one file, as near to a square as whole images fill, on black."""
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    sheet = tile(images, columns, background=0)
    data = file_format.save(sheet, quality)
    found = file_format.load(data, channels)
    returned = np.stack([
        found[i // columns * height : (i // columns + 1) * height, i % columns * width : (i % columns + 1) * width]
        for i in range(count)
    ])  # fmt: skip
    return StoredImages(len(data), overhead(file_format, quality, images.shape[1:]), returned)


def overhead(file_format: FileFormat, quality: int, shape: tuple[int, ...]) -> int:
    """Return the bytes of a file that are not its image: the size of a file of a black image (H, W, C).

    These are signatures, headers and tables, and at most a few bytes of image.
    """
    return len(file_format.save(np.zeros(shape, np.uint8), quality))


#: All formats by name.
FORMATS = {
    file_format.name: file_format
    for file_format in (
        FileFormat("png", "PNG", "PNG", (_LOSSLESS,), {"optimize": True}),
        FileFormat(
            "webp-lossless", "WebP, lossless", "WEBP", (_LOSSLESS,), {"lossless": True, "quality": 100}, feature="webp"
        ),
        FileFormat("jpeg", "JPEG", "JPEG", (1, 5, 10, 20, 35, 50, 70, 85, 95), {"optimize": True}),
        FileFormat("webp", "WebP", "WEBP", (0, 5, 10, 20, 35, 50, 70, 85, 95), {"method": 6}, feature="webp"),
        FileFormat("avif", "AVIF", "AVIF", (0, 10, 20, 35, 50, 70, 90), {"max_threads": 1}, feature="avif"),
    )
}
