"""What is left of a picture file when all is taken away that its first picture does not need."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.images.formats.directory import UPRIGHT

MOST_PARTS = 100_000  # chunks or segments of a file that are looked at; honest ones have a few thousand


@dataclass(frozen=True)
class Slim:
    """A file with one picture, for Pillow."""

    format: str  # the decoder, by Pillow's name
    data: bytes
    size: tuple[int, int]  # width and height, checked
    orientation: int = UPRIGHT  # as in EXIF
