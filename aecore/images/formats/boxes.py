"""Boxes of HEIF files (ISO/IEC 14496-12 and 23008-12), on which HEIC and AVIF are based, and the items in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from aecore.errors import ImageError
from aecore.images.formats.stripped import MAX_PARTS

_HANDLED_ONCE = (b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat", b"ipco", b"ipma")


@dataclass(frozen=True)
class Items:
    """The items of a file: images, tiles and metadata, by their ids."""

    data: bytes  # without the tracks of an animation
    primary: int
    kinds: dict[int, bytes]
    sizes: dict[int, tuple[int, int]]  # declared width and height
    tiles: dict[int, list[int]]  # that an image is made of
    extents: dict[int, list[tuple[int, int]]]  # start and end of an item's data
    has_tracks: bool  # the file also holds an animation


def items(data: bytes) -> Items:
    """Parse the items of a file. A damaged file may raise any exception."""
    top = list(_boxes(data, 0, len(data)))
    metas, tracks = ([box for box in top if box[0] == kind] for kind in (b"meta", b"moov"))
    if tracks and not metas:
        raise ImageError("This is an animation without a still image; save an image of it as PNG or JPEG.")
    ((_, start, end),) = metas
    found = _once(data, start + 4, end)
    properties = _once(data, *found[b"iprp"])
    tiles = _tiles(data, *found[b"iref"]) if b"iref" in found else {}
    primary = unpack_from(">H" if data[found[b"pitm"][0]] == 0 else ">I", data, found[b"pitm"][0] + 4)[0]
    extents = _extents(data, found[b"iloc"][0], found.get(b"idat", (0, 0))[0])
    still = bytearray(data)
    for _, body, _ in tracks:  # a decoder skips "free" boxes, so it decodes the image that was checked
        still[body - 4 : body] = b"free"
    if tracks:
        brands = slice(*top[0][1:])
        still[brands] = still[brands].replace(b"avis", b"avif")
    return Items(
        bytes(still), primary, _kinds(data, *found[b"iinf"]), _sizes(data, properties), tiles, extents, bool(tracks)
    )


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the body of each box."""
    for _ in range(MAX_PARTS):
        if start + 8 > end:
            return
        size, kind = unpack_from(">I4s", data, start)
        if size == 1:
            raise ValueError("a box has more than 4 GB")
        stop = start + size if size else end
        if not start + 8 <= stop <= end:
            raise ValueError("a box exceeds the file")
        yield kind, start + 8, stop
        start = stop
    raise ValueError("the file has too many boxes")


def _once(data: bytes, start: int, end: int) -> dict[bytes, tuple[int, int]]:
    """Return the boxes that matter; one that is there twice could be understood in two ways."""
    found: dict[bytes, tuple[int, int]] = {}
    for kind, body, stop in _boxes(data, start, end):
        if kind in _HANDLED_ONCE and kind in found:
            raise ValueError("a box is repeated")
        found[kind] = body, stop
    return found


def _kinds(data: bytes, start: int, end: int) -> dict[int, bytes]:
    kinds: dict[int, bytes] = {}
    for kind, body, _ in _boxes(data, start + (6 if data[start] == 0 else 8), end):
        version = data[body]
        if kind != b"infe" or version not in (2, 3):
            raise ValueError("an item has no kind")
        item, _, name = unpack_from(">HH4s" if version == 2 else ">IH4s", data, body + 4)
        if item in kinds:
            raise ValueError("an item is repeated")
        kinds[item] = name
    return kinds


def _sizes(data: bytes, properties: dict[bytes, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    boxes = [None, *_boxes(data, *properties[b"ipco"])]  # counted from 1
    at = properties[b"ipma"][0]
    wide_ids, wide_indices = data[at] > 0, data[at + 3] & 1
    count, at = unpack_from(">I", data, at + 4)[0], at + 8
    sizes: dict[int, tuple[int, int]] = {}
    for _ in range(count):
        item = unpack_from(">I" if wide_ids else ">H", data, at)[0]
        at += 4 if wide_ids else 2
        used, at = data[at], at + 1
        indices = unpack_from(f">{used}{'H' if wide_indices else 'B'}", data, at)
        at += used * (2 if wide_indices else 1)
        for index in indices:
            box = boxes[index & (0x7FFF if wide_indices else 0x7F)]
            if box and box[0] == b"ispe":
                if item in sizes:
                    raise ValueError("an item has two sizes")
                sizes[item] = unpack_from(">II", data, box[1] + 4)
    return sizes


def _tiles(data: bytes, start: int, end: int) -> dict[int, list[int]]:
    form = "H" if data[start] == 0 else "I"
    size, tiles = 2 if form == "H" else 4, dict[int, list[int]]()
    for kind, body, _ in _boxes(data, start + 4, end):
        item, count = unpack_from(f">{form}H", data, body)
        if kind == b"dimg":
            tiles.setdefault(item, []).extend(unpack_from(f">{count}{form}", data, body + size + 2))
    return tiles


def _extents(data: bytes, at: int, idat: int) -> dict[int, list[tuple[int, int]]]:
    version, sizes = data[at], data[at + 4 : at + 6]
    offset_size, length_size, base_size, index_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15
    at += 6

    def integer(size: int) -> int:
        nonlocal at
        at += size
        if at > len(data):
            raise ValueError("the box ends early")
        return int.from_bytes(data[at - size : at], "big")

    found: dict[int, list[tuple[int, int]]] = {}
    for _ in range(integer(2 if version < 2 else 4)):
        item = integer(2 if version < 2 else 4)
        method = integer(2) & 15 if version else 0
        reference, base = integer(2), integer(base_size)
        if item in found or method > 1 or reference:
            raise ValueError("an item is repeated, or its data is elsewhere")
        found[item] = []
        for _ in range(integer(2)):
            integer(index_size if version else 0)
            start = base + integer(offset_size) + (idat if method else 0)
            end = start + integer(length_size)
            if not start < end <= len(data):
                raise ValueError("the data of an item exceeds the file")
            found[item].append((start, end))
    return found
