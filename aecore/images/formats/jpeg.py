"""JPEG (ITU-T T.81, 1992): segments behind markers, then one scan or many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import unpack_from

from aecore.errors import ImageError
from aecore.images.formats.directory import UPRIGHT, orientation_of
from aecore.images.formats.slim import MOST_PARTS, Slim
from aecore.images.limits import check_size

# A picture in several scans is held as coefficients, two bytes each, and every scan passes over all of its own.
MOST_COEFFICIENTS = 90_000_000
MOST_PASSED = 1_200_000_000  # coefficients times scans; encoders write about ten scans, a hostile file thousands
MOST_TABLES = 2**20  # bytes

_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1
_TABLES = (0xC4, 0xDB, 0xDD, 0xE0, 0xEE)  # and what tells how colors are meant: JFIF and Adobe
_FRAMES, _PROGRESSIVE = (0xC0, 0xC1, 0xC2), 0xC2
_ODD_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)  # lossless, in layers, arithmetic
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # not an escape, a restart or a filling


def jpeg(data: bytes) -> Slim:
    """The tables, the frame and its scans."""
    head, scans, frames, exif, end = [b"\xff\xd8"], [], [], b"", len(data)
    for kind, start, stop in _segments(data):
        if kind in _ODD_FRAMES:
            raise ImageError("This is an unusual kind of JPEG, which cannot be read; save it again as JPEG or PNG.")
        if kind in _FRAMES:
            frames.append(data[start:stop])
        if kind == _SCAN:
            scans.append(start)
        elif not scans and kind in _TABLES + _FRAMES:
            head.append(data[start:stop])
        elif kind == _EXIF and data[start + 4 : start + 10] == b"Exif\0\0":
            exif = exif or data[start + 4 : stop]
        elif kind == _END:
            end = stop
    (frame,), tables = frames, b"".join(head)
    if len(tables) > MOST_TABLES:
        raise ValueError("more tables than a picture can use")
    size = _checked_size(frame, data[scans[0] + 4], len(scans))
    return Slim("JPEG", tables + data[scans[0] : end], size, orientation_of(exif) if exif else UPRIGHT)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind, the start and the end of each, up to the end of the picture; behind it, anything may hang."""
    at = 2
    for _ in range(MOST_PARTS):
        found = _MARKER.search(data, at)
        if not found:
            return
        kind, start, at = found[1][0], found.start(), found.end()
        if kind == _END:
            yield kind, start, at
            return
        at += max(2, unpack_from(">H", data, at)[0])
        yield kind, start, at
    raise ValueError("a JPEG of too many parts")


def _checked_size(frame: bytes, in_first_scan: int, scans: int) -> tuple[int, int]:
    """The width and height in a frame, if its components, all in the first scan or not, can be unpacked."""
    height, width, components = unpack_from(">HHB", frame, 5)
    check_size(width, height)
    sampling = [(frame[at] >> 4, frame[at] & 15) for at in range(11, 10 + 3 * components, 3)]
    whole = max(across for across, _ in sampling) * max(down for _, down in sampling)
    coefficients = width * height * sum(across * down for across, down in sampling) // whole
    several = frame[1] == _PROGRESSIVE or in_first_scan != components
    if several and (coefficients > MOST_COEFFICIENTS or coefficients * scans > MOST_PASSED):
        raise ImageError(
            f"This progressive JPEG has {width:,} x {height:,} pixels in {scans:,} passes, which is more than can be "
            "unpacked; save it as an ordinary JPEG, or smaller."
        )
    return width, height
