"""PNG (W3C recommendation, third edition, 2025): chunks, each with a length, a type, data and a checksum."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import pack, unpack_from

from aecore.errors import ImageError
from aecore.images.formats.directory import UPRIGHT, orientation_of
from aecore.images.formats.stripped import MAX_PARTS, StrippedFile
from aecore.images.limits import check_size

MAX_RAW_BYTES = 120_000_000  # uncompressed; the slowest filter takes a second for 100 million bytes

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # channels by the header's color type


def png(data: bytes) -> StrippedFile:
    """Strip to the header, palette, transparency and pixels; of an animated PNG, its default image."""
    chunks: dict[bytes, bytes] = {}
    rows, orientation, frames = [], UPRIGHT, 1
    for kind, body in _chunks(data):
        if kind in (b"IHDR", b"PLTE", b"tRNS"):
            chunks.setdefault(kind, bytes(body))
        elif kind == b"IDAT":
            rows.append(body)
        elif kind == b"eXIf":
            orientation = orientation_of(bytes(body))
        elif kind == b"acTL":
            frames = unpack_from(">I", body)[0]
    width, height, depth, color = unpack_from(">IIBB", chunks[b"IHDR"])
    check_size(width, height)
    raw = width * height * _CHANNELS[color] * depth // 8
    if raw > MAX_RAW_BYTES:
        raise ImageError(
            f"This PNG unpacks to {raw / 1e6:,.0f} MB; at most {MAX_RAW_BYTES / 1e6:g} MB can be read, so make it "
            "smaller, or save it without transparency and with 8 bits per channel."
        )
    if b"tRNS" in chunks and color in (0, 2):
        chunks[b"tRNS"] = _transparent(chunks[b"tRNS"], depth, color)
    parts = [*chunks.items(), (b"IDAT", b"".join(rows)), (b"IEND", b"")]
    stripped = data[:8] + b"".join(_chunk(*part) for part in parts)
    return StrippedFile("PNG", stripped, (width, height), orientation, frames > 1)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    at, view = 8, memoryview(data)
    for _ in range(MAX_PARTS):
        length, kind = unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return
        if at + 12 + length > len(data):
            break
        yield kind, view[at + 8 : at + 8 + length]
        at += 12 + length
    raise ValueError("the PNG has no end")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _transparent(body: bytes, depth: int, color: int) -> bytes:
    """Convert the transparent color to 8 bits: Pillow decodes to 8 bits all pixels except 16-bit gray."""
    values = unpack_from(">3H" if color == 2 else ">H", body)
    if depth == 16:
        return pack(">3H", *(value >> 8 for value in values)) if color == 2 else body
    return pack(f">{len(values)}H", *(value * 255 // (2**depth - 1) for value in values))
