"""WebP (RFC 9649): a RIFF container with one image, or with one image per frame."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from

from aecore.errors import ImageError
from aecore.images.formats.directory import UPRIGHT, orientation_of
from aecore.images.formats.stripped import MAX_PARTS, StrippedFile
from aecore.images.limits import check_size

MAX_WEBP_PIXELS = 25_000_000  # the decoder holds four copies of an image
# A lossless image may declare 65,536 sets of code tables, which take 350 MB however small the image is.
MAX_LOSSLESS_PIXELS = 4_000_000
MAX_LOSSLESS_BYTES = 2_500_000

_IMAGE_CHUNKS = (b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")
_LOSSLESS_CHUNKS = (b"ALPH", b"VP8L")  # the transparency of a lossy image is compressed without loss
_ANIMATED, _TRANSPARENT = 0x02, 0x10  # flags of the extended header
_FRAME_HEADER = 16  # bytes


def webp(data: bytes) -> StrippedFile:
    """Strip to the header and the first image."""
    chunks: dict[bytes, bytes] = {}
    orientation, frames = UPRIGHT, 0
    for kind, body in _chunks(data, 12):
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = orientation_of(body)
        elif kind == b"VP8X":  # without the flags of chunks that are removed
            chunks.setdefault(kind, bytes([body[0] & (_ANIMATED | _TRANSPARENT)]) + body[1:])
        elif kind in _IMAGE_CHUNKS:
            chunks.setdefault(kind, body)
    size = _size(*next(iter(chunks.items())))
    _check_limits(size, [*chunks.items(), *_chunks(chunks.get(b"ANMF", b""), _FRAME_HEADER)])
    riff = b"WEBP" + b"".join(
        kind + pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in chunks.items()
    )
    return StrippedFile("WEBP", b"RIFF" + pack("<I", len(riff)) + riff, size, orientation, frames > 1)


def _chunks(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return
        kind, length = unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            break
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise ValueError("the WebP has no end")


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        sides = unpack_from("<I", body, 1)[0]
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    width, height = unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _check_limits(size: tuple[int, int], chunks: list[tuple[bytes, bytes]]) -> None:
    lossless = sum(len(body) for kind, body in chunks if kind in _LOSSLESS_CHUNKS)
    if not lossless:
        return check_size(*size, MAX_WEBP_PIXELS, "WebP")
    check_size(*size, MAX_LOSSLESS_PIXELS, "lossless or transparent WebP")
    if lossless > MAX_LOSSLESS_BYTES:
        raise ImageError(
            f"This lossless or transparent WebP has {lossless / 1e6:.1f} MB; at most "
            f"{MAX_LOSSLESS_BYTES / 1e6:g} MB can be read, so save it as PNG."
        )
