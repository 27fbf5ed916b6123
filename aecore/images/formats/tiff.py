"""TIFF (revision 6.0, 1992): one directory per page, which locates the strips or tiles of pixels."""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from struct import pack

from aecore.errors import ImageError
from aecore.images.formats.directory import ORIENTATION, UPRIGHT, Entry, entries, next_directory
from aecore.images.formats.stripped import StrippedFile
from aecore.images.limits import MAX_PIXELS, check_size

MAX_RAW_BYTES = 200_000_000  # uncompressed bytes per page; a single strip is held in memory as a whole
MAX_STRIPS = 100_000  # strips or tiles per page
MAX_SLOW_PIXELS = 16_000_000  # per page with JPEG compression, which may take 100 passes, or in Lab colors

WIDTH, HEIGHT, BITS, COMPRESSION, COLOR_SPACE, SAMPLES, PLANES = 256, 257, 258, 259, 262, 277, 284
KIND_OF_PAGE, _PREVIEW = 254, 1  # and the flag of a reduced copy
ROWS, TILE_WIDTH, TILE_HEIGHT = 278, 322, 323
STRIPS, TILES = (273, 279), (324, 325)  # tags of their offsets and lengths
_OTHER_TAGS = (266, 292, 293, 317, 320, 332, 338, 339, 347, 529, 530, 531, 532)  # from fill order to palette
_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946)  # none, three fax codes, LZW, JPEG, deflate, PackBits, deflate
_NO_COMPRESSION, _JPEG, _LAB = 1, 7, 8
_LONG, _MAX_CLASSIC_TYPE = 4, 13  # value types; higher ones belong to BigTIFF


def tiff(data: bytes) -> StrippedFile:
    """Strip to the first page, with a new directory of the entries that a decoder needs."""
    fields: dict[int, Entry] = {}
    for tag, entry in entries(data):
        fields.setdefault(tag, entry)
    size = _checked_size(fields)
    _check_strips(fields, size, len(data))
    layout = (TILE_WIDTH, TILE_HEIGHT, *TILES) if TILE_WIDTH in fields else (ROWS, *STRIPS)
    needed = (WIDTH, HEIGHT, BITS, COMPRESSION, COLOR_SPACE, SAMPLES, PLANES, *layout, *_OTHER_TAGS)
    stripped = _rewritten(data, {tag: fields[tag] for tag in sorted(needed) if tag in fields})
    return StrippedFile("TIFF", stripped, size, _value(fields, ORIENTATION, UPRIGHT), _has_more(data))


def _has_more(data: bytes) -> bool:
    """Return whether a second page follows, and not a preview of the first; a damaged file has none."""
    with suppress(Exception):
        if at := next_directory(data):
            return not _value(dict(entries(data, at)), KIND_OF_PAGE, 0) & _PREVIEW
    return False


def _value(fields: dict[int, Entry], tag: int, default: int) -> int:
    return fields[tag].integers()[0] if tag in fields else default


def _checked_size(fields: dict[int, Entry]) -> tuple[int, int]:
    size, compression = (
        (_value(fields, WIDTH, 0), _value(fields, HEIGHT, 0)),
        _value(fields, COMPRESSION, _NO_COMPRESSION),
    )
    if compression not in _COMPRESSIONS:
        raise ImageError("This TIFF has an unsupported compression; save it with LZW compression, or as PNG.")
    slow = compression == _JPEG or _value(fields, COLOR_SPACE, 0) == _LAB
    what = "TIFF, with JPEG compression or in Lab colors," if slow else "image"
    check_size(*size, MAX_SLOW_PIXELS if slow else MAX_PIXELS, what)
    return size


def _check_strips(fields: dict[int, Entry], size: tuple[int, int], file_size: int) -> None:
    width, height = size
    if TILE_WIDTH in fields:
        block_width, block_height, (offsets, lengths) = (
            _value(fields, TILE_WIDTH, 0),
            _value(fields, TILE_HEIGHT, 0),
            TILES,
        )
    else:
        block_width, block_height, (offsets, lengths) = width, min(height, _value(fields, ROWS, height)), STRIPS
    across, down, samples = ceil(width / block_width), ceil(height / block_height), _value(fields, SAMPLES, 1)
    strips = across * down * (samples if _value(fields, PLANES, 1) == 2 else 1)
    bits = max(fields[BITS].integers()) if BITS in fields else 1
    raw = across * block_width * down * block_height * samples * bits // 8
    if raw > MAX_RAW_BYTES or max(strips, fields[offsets].count) > MAX_STRIPS:
        raise ImageError(
            f"This TIFF unpacks to {raw / 1e6:,.0f} MB in {strips:,} pieces; at most {MAX_RAW_BYTES / 1e6:g} MB in "
            f"{MAX_STRIPS:,} pieces can be read, so make it smaller, or save it with 8 bits per channel or as PNG."
        )
    # A decoder reads each strip to its end, and a strip without a length to the end of the file.
    read = sum(fields[lengths].integers()) if lengths in fields else file_size * strips
    if read > 2 * file_size and (lengths in fields or _value(fields, COMPRESSION, _NO_COMPRESSION) != _NO_COMPRESSION):
        raise ValueError("strips overlap")


def _rewritten(data: bytes, fields: dict[int, Entry]) -> bytes:
    """Return the file with a new directory of the given fields, appended at the end."""
    order = "<" if data[:2] == b"II" else ">"
    padding = b"\0" * (len(data) % 2)
    start = len(data) + len(padding)
    values_start = start + 2 + 12 * len(fields) + 4  # position of the values that do not fit into an entry
    table, values = pack(order + "H", len(fields)), b""
    for tag, entry in fields.items():
        kind, raw = entry.kind, entry.values
        if kind > _MAX_CLASSIC_TYPE:
            kind, raw = _LONG, pack(f"{order}{entry.count}I", *entry.integers())
        table += pack(order + "HHI", tag, kind, entry.count)
        table += raw.ljust(4, b"\0") if len(raw) <= 4 else pack(order + "I", values_start + len(values))
        values += raw + b"\0" * (len(raw) % 2) if len(raw) > 4 else b""
    head = data[:2] + pack(order + "HI", 42, start) + data[8:] + padding
    return head + table + pack(order + "I", 0) + values
