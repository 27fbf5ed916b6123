"""WebP (RFC 9649): a RIFF container with one picture, or frames of one picture each."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from

from aecore.errors import ImageError
from aecore.images.formats.directory import UPRIGHT, orientation_of
from aecore.images.formats.slim import MOST_PARTS, Slim
from aecore.images.limits import check_size

MOST_WEBP_PIXELS = 25_000_000  # the decoder holds a picture four times
# A lossless picture may ask for 65,536 sets of code tables, which take 350 MB however small it is.
MOST_LOSSLESS_PIXELS = 4_000_000
MOST_LOSSLESS_BYTES = 2_500_000

_PICTURES = (b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")
_LOSSLESS = (b"ALPH", b"VP8L")  # the transparency of a lossy picture is packed without loss
_ANIMATED, _TRANSPARENT = 0x02, 0x10  # of an extended header's flags
_FRAME_HEADER = 16  # bytes


def webp(data: bytes) -> Slim:
    """The header and the first picture."""
    kept: dict[bytes, bytes] = {}
    orientation = UPRIGHT
    for kind, body in _chunks(data, 12):
        if kind == b"EXIF":
            orientation = orientation_of(body)
        elif kind == b"VP8X":  # promises chunks that are not kept
            kept.setdefault(kind, bytes([body[0] & (_ANIMATED | _TRANSPARENT)]) + body[1:])
        elif kind in _PICTURES:
            kept.setdefault(kind, body)
    size = _size(*next(iter(kept.items())))
    _check(size, [*kept.items(), *_chunks(kept.get(b"ANMF", b""), _FRAME_HEADER)])
    riff = b"WEBP" + b"".join(
        kind + pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in kept.items()
    )
    return Slim("WEBP", b"RIFF" + pack("<I", len(riff)) + riff, size, orientation)


def _chunks(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return
        kind, length = unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            break
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise ValueError("a WebP without an end")


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        sides = unpack_from("<I", body, 1)[0]
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    width, height = unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _check(size: tuple[int, int], chunks: list[tuple[bytes, bytes]]) -> None:
    lossless = sum(len(body) for kind, body in chunks if kind in _LOSSLESS)
    if not lossless:
        return check_size(*size, MOST_WEBP_PIXELS, "WebP")
    check_size(*size, MOST_LOSSLESS_PIXELS, "lossless or transparent WebP")
    if lossless > MOST_LOSSLESS_BYTES:
        raise ImageError(
            f"This lossless or transparent WebP has {lossless / 1e6:.1f} MB; at most "
            f"{MOST_LOSSLESS_BYTES / 1e6:g} MB can be read, so save it as PNG."
        )
