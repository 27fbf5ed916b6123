"""JPEG (ITU-T T.81, 1992): segments behind markers, then one scan or many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import unpack_from

from aecore.images.formats.slim import MOST_PARTS, Slim
from aecore.images.formats.tiff import orientation_of
from aecore.images.limits import ImageError, check_size

MOST_COEFFICIENTS = 90_000_000  # of a JPEG in several scans, all of which the decoder holds, two bytes each
MOST_TABLES = 2**20  # bytes
MOST_SCANNED = 1_200_000_000  # coefficients times scans; encoders write about ten scans, a hostile file thousands

_START, _SCAN, _END, _EXIF = 0xD8, 0xDA, 0xD9, 0xE1
_KEPT = (0xC4, 0xDB, 0xDD, 0xE0, 0xEE)  # tables, and what tells how colours are meant: JFIF and Adobe
_FRAMES, _PROGRESSIVE = (0xC0, 0xC1, 0xC2), 0xC2
_ODD_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)  # lossless, arithmetic, in layers
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # not an escape, a restart or a filling


def jpeg(data: bytes) -> Slim:
    """The tables, the frame and its scans."""
    head, frames, scans, orientation, end = [b"\xff\xd8"], [], [], 0, len(data)
    for kind, start, stop in _segments(data):
        if kind == _SCAN:
            scans.append(start)
        elif kind == _END:
            end = stop
        elif kind in _ODD_FRAMES:
            raise ImageError("This is an unusual kind of JPEG, which cannot be read. Save it again as JPEG or PNG.")
        elif not scans and kind in _KEPT + _FRAMES:
            head.append(data[start:stop])
        if kind in _FRAMES:
            frames.append((start, kind))
        elif kind == _EXIF and data[start + 4 : start + 10] == b"Exif\0\0":
            orientation = orientation or orientation_of(data[start + 4 : stop])
    ((frame, kind),), tables = frames, b"".join(head)
    if len(tables) > MOST_TABLES:
        raise ValueError("more tables than can be used")
    size = _checked(data[frame:], kind == _PROGRESSIVE or data[scans[0] + 4] != data[frame + 9], len(scans))
    return Slim("JPEG", tables + data[scans[0] : end], size, orientation or 1)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind, the start and the end of each, up to the end of the picture, behind which anything may hang."""
    at = 2
    for _ in range(MOST_PARTS):
        found = _MARKER.search(data, at)
        if not found:
            return
        kind, start, at = found[1][0], found.start(), found.end()
        if kind != _END:
            at += max(2, unpack_from(">H", data, at)[0])
        yield kind, start, at
        if kind == _END:
            return
    raise ValueError("a JPEG without an end")


def _checked(frame: bytes, several: bool, scans: int) -> tuple[int, int]:
    """The width and height in a frame's header, if its scans (`several`, or one) can be unpacked."""
    height, width, components = unpack_from(">HHB", frame, 5)
    check_size(width, height)
    across, down = zip(*((frame[at] >> 4, frame[at] & 15) for at in range(11, 10 + 3 * components, 3)), strict=True)
    samples = sum(a * d for a, d in zip(across, down, strict=True)) / (max(across) * max(down))  # a pixel
    coefficients = width * height * samples
    if several and (coefficients > MOST_COEFFICIENTS or coefficients * scans > MOST_SCANNED):
        raise ImageError(
            f"This progressive JPEG of {width:,} x {height:,} pixels comes in {scans:,} passes, which is more than can "
            "be unpacked. Save it as an ordinary JPEG, or smaller, and try again."
        )
    return width, height
