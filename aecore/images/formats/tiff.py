"""TIFF (revision 6.0, 1992): directories, one a page, which tell where strips or tiles of pixels are."""

from __future__ import annotations

from math import ceil
from struct import pack

from aecore.errors import ImageError
from aecore.images.formats.directory import ORIENTATION, UPRIGHT, Entry, entries
from aecore.images.formats.slim import Slim
from aecore.images.limits import MOST_PIXELS, check_size

MOST_RAW = 200_000_000  # bytes of a page before they become a picture; in one strip, they are held together
MOST_STRIPS = 100_000  # strips or tiles of a page
MOST_SLOW_PIXELS = 16_000_000  # of a page packed as JPEG, which may take 100 passes, or in Lab colors

WIDTH, HEIGHT, BITS, PACKING, COLOURS, SAMPLES, PLANES = 256, 257, 258, 259, 262, 277, 284
ROWS, TILE_WIDTH, TILE_HEIGHT = 278, 322, 323
STRIPS, TILES = (273, 279), (324, 325)  # where they are, and their lengths
_OTHERS = (266, 292, 293, 317, 320, 332, 338, 339, 347, 529, 530, 531, 532)  # from the order of bits to the palette
_PACKINGS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946)  # none, three of fax, LZW, JPEG, deflate, PackBits, deflate
_PLAIN, _JPEG, _LAB = 1, 7, 8
_LONG, _LONGEST_KIND = 4, 13  # types of values; higher ones belong to BigTIFF


def tiff(data: bytes) -> Slim:
    """The first page: what a decoder needs of its directory, in a new one."""
    found: dict[int, Entry] = {}
    for tag, entry in entries(data):
        found.setdefault(tag, entry)
    size = _checked_size(found)
    _check_strips(found, size, len(data))
    where = (TILE_WIDTH, TILE_HEIGHT, *TILES) if TILE_WIDTH in found else (ROWS, *STRIPS)
    needed = (WIDTH, HEIGHT, BITS, PACKING, COLOURS, SAMPLES, PLANES, *where, *_OTHERS)
    slim = _rewritten(data, {tag: found[tag] for tag in sorted(needed) if tag in found})
    return Slim("TIFF", slim, size, _one(found, ORIENTATION, UPRIGHT))


def _one(found: dict[int, Entry], tag: int, otherwise: int) -> int:
    return found[tag].integers()[0] if tag in found else otherwise


def _checked_size(found: dict[int, Entry]) -> tuple[int, int]:
    size, packing = (_one(found, WIDTH, 0), _one(found, HEIGHT, 0)), _one(found, PACKING, _PLAIN)
    if packing not in _PACKINGS:
        raise ImageError("This TIFF is packed in a way that cannot be read; save it with LZW compression, or as PNG.")
    slow = packing == _JPEG or _one(found, COLOURS, 0) == _LAB
    what = "TIFF, packed as JPEG or in Lab colors," if slow else "picture"
    check_size(*size, MOST_SLOW_PIXELS if slow else MOST_PIXELS, what)
    return size


def _check_strips(found: dict[int, Entry], size: tuple[int, int], file_size: int) -> None:
    width, height = size
    if TILE_WIDTH in found:
        wide, high, (offsets, lengths) = _one(found, TILE_WIDTH, 0), _one(found, TILE_HEIGHT, 0), TILES
    else:
        wide, high, (offsets, lengths) = width, min(height, _one(found, ROWS, height)), STRIPS
    across, down, samples = ceil(width / wide), ceil(height / high), _one(found, SAMPLES, 1)
    strips = across * down * (samples if _one(found, PLANES, 1) == 2 else 1)
    bits = max(found[BITS].integers()) if BITS in found else 1
    raw = across * wide * down * high * samples * bits // 8
    if raw > MOST_RAW or max(strips, found[offsets].count) > MOST_STRIPS:
        raise ImageError(
            f"This TIFF unpacks to {raw / 1e6:,.0f} MB in {strips:,} pieces; at most {MOST_RAW / 1e6:g} MB in "
            f"{MOST_STRIPS:,} pieces can be read, so save it smaller, with 8 bits a channel, or as PNG."
        )
    # A decoder reads each strip to its end, and one without a length to the end of the file.
    read = sum(found[lengths].integers()) if lengths in found else file_size * strips
    if read > 2 * file_size and (lengths in found or _one(found, PACKING, _PLAIN) != _PLAIN):
        raise ValueError("strips that share their bytes")


def _rewritten(data: bytes, kept: dict[int, Entry]) -> bytes:
    """The file with a directory of the entries that are `kept`, which stands at its end."""
    order = "<" if data[:2] == b"II" else ">"
    padding = b"\0" * (len(data) % 2)
    start = len(data) + len(padding)
    behind = start + 2 + 12 * len(kept) + 4  # where values stand for which an entry has no room
    table, values = pack(order + "H", len(kept)), b""
    for tag, entry in kept.items():
        kind, own = entry.kind, entry.values
        if kind > _LONGEST_KIND:
            kind, own = _LONG, pack(f"{order}{entry.count}I", *entry.integers())
        table += pack(order + "HHI", tag, kind, entry.count)
        table += own.ljust(4, b"\0") if len(own) <= 4 else pack(order + "I", behind + len(values))
        values += own + b"\0" * (len(own) % 2) if len(own) > 4 else b""
    head = data[:2] + pack(order + "HI", 42, start) + data[8:] + padding
    return head + table + pack(order + "I", 0) + values
