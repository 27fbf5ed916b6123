"""BMP (Windows and OS/2 bitmaps): a header and rows of pixels, rarely compressed."""

from __future__ import annotations

from struct import unpack_from

from aecore.images.formats.stripped import StrippedFile
from aecore.images.limits import MAX_PIXELS, check_size

MAX_COMPRESSED_PIXELS = 2_000_000  # Pillow decodes them in Python, byte by byte
MAX_COMPRESSED_BYTES = 4_000_000


def bmp(data: bytes) -> StrippedFile:
    """Check the size; truncate a compressed file to the bytes that its pixels can need."""
    os2 = data[14] == 12
    width, height = unpack_from("<HH" if os2 else "<ii", data, 18)
    size = width, abs(height)  # negative if the rows are stored from top to bottom
    compressed = not os2 and unpack_from("<I", data, 30)[0] in (1, 2)
    check_size(*size, MAX_COMPRESSED_PIXELS if compressed else MAX_PIXELS, "compressed BMP" if compressed else "image")
    return StrippedFile("BMP", data[:MAX_COMPRESSED_BYTES] if compressed else data, size)
