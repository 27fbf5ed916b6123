"""Directories of entries, by which TIFF (revision 6.0, 1992) tells what a page is, and EXIF how a camera stood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from struct import unpack, unpack_from

MOST_ENTRIES = 4096
MOST_VALUES = 2**20  # bytes, of one entry

ORIENTATION = 274
UPRIGHT = 1

_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # bytes of a value, by its type
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """Values of one type, as they stand in the file."""

    order: str  # of bytes, as in `struct`
    kind: int
    count: int
    values: bytes

    def integers(self) -> tuple[int, ...]:
        return unpack(f"{self.order}{self.count}{_INTEGERS[self.kind]}", self.values)


def entries(data: bytes) -> Iterator[tuple[int, Entry]]:
    """Those of the first directory, with their tags. Damage shows as any exception."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    big = unpack_from(order + "H", data, 2)[0] == 43  # BigTIFF, with longer numbers
    number, room = (order + "Q", 8) if big else (order + "I", 4)
    at = unpack_from(number, data, room)[0]
    count = unpack_from(number if big else order + "H", data, at)[0]
    if count > MOST_ENTRIES:
        raise ValueError("a crowded directory")
    first, step = at + (8 if big else 2), 4 + 2 * room
    for at in range(first, first + count * step, step):
        tag, kind = unpack_from(order + "HH", data, at)
        values = unpack_from(number, data, at + 4)[0]
        size = values * _SIZES[kind] if kind < len(_SIZES) else 0
        here = at + 4 + room  # the values, or if there is no room for them, where they are
        start = here if size <= room else unpack_from(number, data, here)[0]
        if 0 < size <= MOST_VALUES and start + size <= len(data):
            yield tag, Entry(order, kind, values, data[start : start + size])


def orientation_of(exif: bytes) -> int:
    """One of the eight of EXIF; upright, if it does not tell or is broken."""
    with suppress(Exception):
        for tag, entry in entries(exif.removeprefix(b"Exif\0\0")):
            if tag == ORIENTATION:
                return entry.integers()[0]
    return UPRIGHT
