"""BMP (Windows and OS/2 bitmaps): a header and rows, seldom compressed."""

from __future__ import annotations

from struct import unpack_from

from aecore.images.formats.slim import Slim
from aecore.images.limits import MOST_PIXELS, check_size

MOST_PACKED_PIXELS = 2_000_000  # Pillow unpacks them in Python, byte by byte
MOST_PACKED_BYTES = 4_000_000


def bmp(data: bytes) -> Slim:
    """A BMP as it is; of a compressed one, the bytes that may be needed."""
    os2 = data[14] == 12
    width, height = unpack_from("<HH" if os2 else "<ii", data, 18)
    size = width, abs(height)  # below zero, if rows go from top to bottom
    packed = not os2 and unpack_from("<I", data, 30)[0] in (1, 2)
    check_size(*size, MOST_PACKED_PIXELS if packed else MOST_PIXELS, "compressed BMP" if packed else "picture")
    return Slim("BMP", data[:MOST_PACKED_BYTES] if packed else data, size)
