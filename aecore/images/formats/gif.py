"""GIF (version 89a, 1990): a logical screen, its palette, then extensions and images."""

from __future__ import annotations

from contextlib import suppress
from struct import unpack_from

from aecore.images.formats.stripped import StrippedFile
from aecore.images.limits import check_size

MAX_HEADER = 2**20  # bytes before the first image

_IMAGE, _EXTENSION, _GRAPHIC_CONTROL = 0x2C, 0x21, 0xF9


def gif(data: bytes) -> StrippedFile:
    """Strip to the palette, the transparency and everything from the first image on."""
    header = data[:MAX_HEADER]
    width, height, flags = unpack_from("<HHB", header, 6)
    at = start = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    control = b""
    while header[at] != _IMAGE:
        block, at = at, at + 1
        if header[block] == _EXTENSION:
            at = _end_of_blocks(header, block + 2)
            control = header[block:at] if header[block + 1] == _GRAPHIC_CONTROL else control
    left, top, image_width, image_height = unpack_from("<4H", header, at + 1)
    size = max(width, left + image_width), max(height, top + image_height)  # an image outside the screen enlarges it
    check_size(*size)
    return StrippedFile("GIF", header[:start] + control + data[at:], size, has_more=_has_more(data, at))


def _has_more(data: bytes, at: int) -> bool:
    """Return whether another image follows the one at `at`; a damaged file has none."""
    with suppress(IndexError):
        flags = data[at + 9]
        at = _end_of_blocks(data, at + 10 + (3 << (flags & 7) + 1 if flags & 128 else 0) + 1)
        while data[at] == _EXTENSION:
            at = _end_of_blocks(data, at + 2)
        return data[at] == _IMAGE
    return False


def _end_of_blocks(header: bytes, at: int) -> int:
    """Return the position after the data sub-blocks that start at `at`."""
    while header[at]:
        at += header[at] + 1
    return at + 1
