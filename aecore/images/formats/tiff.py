"""TIFF (revision 6.0, 1992): a directory of entries, which tell where the pixels are. EXIF is such a directory, too.

A directory can hold anything, in any amount. What a decoder needs is copied into a new one behind the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from struct import pack, unpack, unpack_from

from aecore.images.formats.slim import Slim
from aecore.images.limits import ImageError, check_size

MOST_ENTRIES = 4096
MOST_ENTRY = 2**20  # bytes of one entry's values
MOST_STRIPS = 100_000  # strips or tiles of a page
MOST_UNPACKED = 200_000_000  # bytes of a page before they are a picture; the decoder may hold them all
MOST_SLOW_PIXELS = 16_000_000  # of a page packed as JPEG, which may take 100 passes, or in Lab colours

WIDTH, HEIGHT, BITS, PACKING, COLOURS, ORIENTATION, SAMPLES, ROWS, PLANES = 256, 257, 258, 259, 262, 274, 277, 278, 284
TILE_WIDTH, TILE_HEIGHT = 322, 323
STRIPS, TILES = (273, 279), (324, 325)  # where they are, and their lengths
_NEEDED = (
    WIDTH,
    HEIGHT,
    BITS,
    PACKING,
    262,
    266,
    SAMPLES,
    PLANES,
    292,
    293,
    317,
    320,
    332,
    338,
    339,
    347,
    *range(529, 533),
)
_READ = frozenset((*_NEEDED, ORIENTATION, ROWS, TILE_WIDTH, TILE_HEIGHT, *STRIPS, *TILES))
_PACKINGS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946)  # none, three of fax, LZW, JPEG, deflate, PackBits, deflate
_JPEG, _LAB = 7, 8  # a packing, a kind of colours
_SIZES = dict(
    zip(range(1, 19), (1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8), strict=True)
)  # of a value, by type
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """Values of one type, as they stand in the file."""

    order: str  # of bytes, as in `struct`
    kind: int
    count: int
    body: bytes

    def integers(self) -> tuple[int, ...]:
        return unpack(f"{self.order}{self.count}{_INTEGERS[self.kind]}", self.body)


def orientation_of(exif: bytes) -> int:
    """How the camera stood, 1 to 8; upright (1) if EXIF does not tell, or is broken."""
    with suppress(Exception):
        for tag, entry in _entries(exif.removeprefix(b"Exif\0\0")):
            if tag == ORIENTATION:
                return entry.integers()[0]
    return 1


def tiff(data: bytes) -> Slim:
    """The first page."""
    found: dict[int, Entry] = {}
    for tag, entry in _entries(data):
        found.setdefault(tag, entry)
    size = _checked(found, len(data))
    offsets = (TILE_WIDTH, TILE_HEIGHT, *TILES) if TILE_WIDTH in found else (ROWS, *STRIPS)
    kept = {tag: entry for tag, entry in sorted(found.items()) if tag in _NEEDED + offsets}
    orientation = found[ORIENTATION].integers()[0] if ORIENTATION in found else 1
    return Slim("TIFF", _rewritten(data, kept), size, orientation)


def _entries(data: bytes) -> Iterator[tuple[int, Entry]]:
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    big = unpack_from(order + "H", data, 2)[0] == 43  # BigTIFF, with longer numbers
    number, room = (order + "Q", 8) if big else (order + "I", 4)
    at = unpack_from(number, data, room)[0]
    count = unpack_from(number if big else order + "H", data, at)[0]
    if count > MOST_ENTRIES:
        raise ValueError("a crowded directory")
    first, step = at + (8 if big else 2), 4 + 2 * room
    for at in range(first, first + count * step, step):
        tag, kind, values = unpack_from(f"{order}HH{number[1]}", data, at)
        size = values * _SIZES.get(kind, 0)
        at += 4 + room
        if tag in _READ and 0 < size <= MOST_ENTRY:
            start = at if size <= room else unpack_from(number, data, at)[0]
            yield tag, Entry(order, kind, values, data[start : start + size])


def _checked(found: dict[int, Entry], file_size: int) -> tuple[int, int]:
    """The width and height of a page that can be unpacked."""

    def one(tag: int, otherwise: int) -> int:
        return found[tag].integers()[0] if tag in found else otherwise

    width, height, packing, samples = one(WIDTH, 0), one(HEIGHT, 0), one(PACKING, 1), one(SAMPLES, 1)
    slow = packing == _JPEG or one(COLOURS, 0) == _LAB
    check_size(width, height, *((MOST_SLOW_PIXELS, "TIFF, packed as JPEG or in Lab colours,") if slow else ()))
    if packing not in _PACKINGS:
        raise ImageError("This TIFF is packed in a way that cannot be read. Save it with LZW compression, or as PNG.")
    if TILE_WIDTH in found:
        wide, high, (offsets, lengths) = one(TILE_WIDTH, 0), one(TILE_HEIGHT, 0), TILES
    else:
        wide, high, (offsets, lengths) = width, min(height, one(ROWS, height)), STRIPS
    across, down = ceil(width / wide), ceil(height / high)
    strips = across * down * (samples if one(PLANES, 1) == 2 else 1)
    bits = max(found[BITS].integers()) if BITS in found else 1
    unpacked = across * wide * down * high * samples * bits // 8
    if unpacked > MOST_UNPACKED or max(strips, found[offsets].count) > MOST_STRIPS:
        raise ImageError(
            f"This TIFF unpacks to {unpacked / 1e6:,.0f} MB in {strips:,} pieces; at most {MOST_UNPACKED / 1e6:g} MB "
            f"in {MOST_STRIPS:,} pieces can be read. Save it smaller, with 8 bits a channel, and try again."
        )
    # Without lengths, the decoder would take each strip to reach to the end of the file.
    overlapping = sum(found[lengths].integers()) > 2 * file_size if lengths in found else strips > 1 and packing != 1
    if overlapping:
        raise ValueError("strips longer than the file")
    return width, height


def _rewritten(data: bytes, entries: dict[int, Entry]) -> bytes:
    """The file with a directory of these entries only, which stands at its end."""
    order = "<" if data[:2] == b"II" else ">"
    start = len(data) + len(data) % 2
    behind = start + 2 + 12 * len(entries) + 4  # where values stand that do not fit into their entry
    table, values = b"", b""
    for tag, entry in entries.items():
        kind, body = (
            (4, pack(f"{order}{entry.count}I", *entry.integers())) if entry.kind > 13 else (entry.kind, entry.body)
        )
        where = body.ljust(4, b"\0") if len(body) <= 4 else pack(order + "I", behind + len(values))
        values += body + b"\0" * (len(body) % 2) if len(body) > 4 else b""
        table += pack(order + "HHI", tag, kind, entry.count) + where
    head = data[:2] + pack(order + "HI", 42, start) + data[8:] + b"\0" * (len(data) % 2)
    return head + pack(order + "H", len(entries)) + table + pack(order + "I", 0) + values
