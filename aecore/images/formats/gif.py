"""GIF (version 89a, 1990): a screen, its palette, then extensions and pictures."""

from __future__ import annotations

from struct import unpack_from

from aecore.images.formats.slim import Slim
from aecore.images.limits import check_size

MOST_LEAD = 2**20  # bytes before the first picture

_PICTURE, _EXTENSION, _CONTROL = 0x2C, 0x21, 0xF9


def gif(data: bytes) -> Slim:
    """The palette, what is transparent, and all from the first picture on."""
    lead = data[:MOST_LEAD]
    width, height, flags = unpack_from("<HHB", lead, 6)
    at = start = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    control = b""
    while lead[at] != _PICTURE:
        begin, at = at, at + 1
        if lead[begin] == _EXTENSION:
            at = _after_blocks(lead, begin + 2)
            control = lead[begin:at] if lead[begin + 1] == _CONTROL else control
    left, top, wide, high = unpack_from("<4H", lead, at + 1)
    size = max(width, left + wide), max(height, top + high)  # a picture beyond the screen widens it
    check_size(*size)
    return Slim("GIF", lead[:start] + control + data[at:], size)


def _after_blocks(lead: bytes, at: int) -> int:
    while lead[at]:
        at += lead[at] + 1
    return at + 1
