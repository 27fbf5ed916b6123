"""Image file directories (TIFF revision 6.0, 1992), which also hold the camera orientation in EXIF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from struct import unpack, unpack_from

MAX_ENTRIES = 4096
MAX_VALUE_BYTES = 2**20  # per entry

ORIENTATION = 274
UPRIGHT = 1

_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # bytes per value, by type
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """The raw values of one directory entry."""

    order: str  # byte order, as in `struct`
    kind: int
    count: int
    values: bytes

    def integers(self) -> tuple[int, ...]:
        """Return the values as integers. Raises KeyError for another type."""
        return unpack(f"{self.order}{self.count}{_INTEGERS[self.kind]}", self.values)


def entries(data: bytes, at: int = 0) -> Iterator[tuple[int, Entry]]:
    """Yield the tags and entries of the directory at `at`, or the first. A damaged file may raise any exception."""
    order, offset_format, offset_size = _layout(data)
    first, step, count = _table(data, at)
    for at in range(first, first + count * step, step):
        tag, kind = unpack_from(order + "HH", data, at)
        value_count = unpack_from(offset_format, data, at + 4)[0]
        size = value_count * _SIZES[kind] if kind < len(_SIZES) else 0
        field = at + 4 + offset_size  # the values, or their offset if they do not fit
        start = field if size <= offset_size else unpack_from(offset_format, data, field)[0]
        if 0 < size <= MAX_VALUE_BYTES and start + size <= len(data):
            yield tag, Entry(order, kind, value_count, data[start : start + size])


def next_directory(data: bytes) -> int:
    """Return the position of the second directory; 0 if there is none. A damaged file may raise any exception."""
    first, step, count = _table(data)
    return int(unpack_from(_layout(data)[1], data, first + count * step)[0])


def _layout(data: bytes) -> tuple[str, str, int]:
    """Return the byte order, and format and size of offsets, which have 64 bits in a BigTIFF."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    return (order, order + "Q", 8) if unpack_from(order + "H", data, 2)[0] == 43 else (order, order + "I", 4)


def _table(data: bytes, at: int = 0) -> tuple[int, int, int]:
    """Return the position of a directory's first entry, the size of an entry, and their number."""
    order, offset_format, offset_size = _layout(data)
    at = at or unpack_from(offset_format, data, offset_size)[0]
    big = offset_size == 8
    count = unpack_from(offset_format if big else order + "H", data, at)[0]
    if count > MAX_ENTRIES:
        raise ValueError("the directory has too many entries")
    return at + (8 if big else 2), 4 + 2 * offset_size, count


def orientation_of(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; upright if it is missing or damaged."""
    with suppress(Exception):
        for tag, entry in entries(exif.removeprefix(b"Exif\0\0")):
            if tag == ORIENTATION:
                return entry.integers()[0]
    return UPRIGHT
