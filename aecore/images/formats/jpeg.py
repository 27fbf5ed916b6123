"""JPEG (ITU-T T.81, 1992): marker segments, then one or more scans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import unpack_from

from aecore.errors import ImageError
from aecore.images.formats.directory import UPRIGHT, orientation_of
from aecore.images.formats.stripped import MAX_PARTS, StrippedFile
from aecore.images.limits import check_size

MAX_JPEG_PIXELS = 170_000_000  # photos above `MAX_PIXELS` are reduced while they are decoded
# With several scans, the decoder stores all coefficients, two bytes each, and each scan reads some of them.
MAX_COEFFICIENTS = 90_000_000
MAX_COEFFICIENT_PASSES = 1_200_000_000  # coefficients x scans; encoders write about ten, malicious files thousands
MAX_TABLE_BYTES = 2**20

_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1
_TABLES = (0xC4, 0xDB, 0xDD, 0xE0, 0xEE)  # and the color space: JFIF and Adobe
_FRAMES, _PROGRESSIVE = (0xC0, 0xC1, 0xC2), 0xC2
_UNSUPPORTED_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)  # lossless, hierarchical, arithmetic
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # not an escape, a restart or a fill byte


def jpeg(data: bytes) -> StrippedFile:
    """Strip to the tables, the frame and its scans."""
    head, scans, frames, exif, end = [b"\xff\xd8"], [], [], b"", len(data)
    for kind, start, stop in _segments(data):
        if kind in _UNSUPPORTED_FRAMES:
            raise ImageError(
                "This is a lossless, hierarchical or arithmetic-coded JPEG, which is not supported; save it again as "
                "JPEG or PNG."
            )
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
    if len(tables) > MAX_TABLE_BYTES:
        raise ValueError("the tables are larger than any image needs")
    size = _checked_size(frame, data[scans[0] + 4], len(scans))
    return StrippedFile("JPEG", tables + data[scans[0] : end], size, orientation_of(exif) if exif else UPRIGHT)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and end of each segment, up to the end of the image; data after it is ignored."""
    at = 2
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, at)
        if not found:
            return
        kind, start, at = found[1][0], found.start(), found.end()
        if kind == _END:
            yield kind, start, at
            return
        at += max(2, unpack_from(">H", data, at)[0])
        yield kind, start, at
    raise ValueError("the JPEG has too many segments")


def _checked_size(frame: bytes, first_scan_components: int, scans: int) -> tuple[int, int]:
    """Return width and height of a frame.

    Raises:
        ImageError: the image is too large, or too expensive to decode in that number of scans.
    """
    height, width, components = unpack_from(">HHB", frame, 5)
    check_size(width, height, MAX_JPEG_PIXELS)
    sampling = [(frame[at] >> 4, frame[at] & 15) for at in range(11, 10 + 3 * components, 3)]
    max_sampling = max(across for across, _ in sampling) * max(down for _, down in sampling)
    coefficients = width * height * sum(across * down for across, down in sampling) // max_sampling
    multiple_scans = frame[1] == _PROGRESSIVE or first_scan_components != components
    if multiple_scans and (coefficients > MAX_COEFFICIENTS or coefficients * scans > MAX_COEFFICIENT_PASSES):
        raise ImageError(
            f"This progressive JPEG has {width:,} x {height:,} pixels in {scans:,} passes, which is more than can be "
            "decoded; save it as a baseline JPEG, or smaller."
        )
    return width, height
