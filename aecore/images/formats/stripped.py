"""Image files stripped to the data of their first image."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.images.formats.directory import UPRIGHT

MAX_PARTS = 100_000  # chunks or segments that are parsed per file; ordinary files have a few thousand


@dataclass(frozen=True)
class StrippedFile:
    """An image file reduced to one image, as input for Pillow."""

    format: str  # Pillow's name of the decoder
    data: bytes
    size: tuple[int, int]  # width and height, within the limits
    orientation: int = UPRIGHT  # EXIF value
    has_more: bool = False  # the file holds more images, such as pages or frames
