"""AVIF (AV1 Image File Format 1.1): an image that is coded as one frame of AV1 video.

A frame may be larger than the file declares, and the decoder allocates it before it compares them. So the sizes in the
sequence header are checked, too (AV1 Bitstream and Decoding Process Specification, 5.5).
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, features

from aecore.errors import ImageError
from aecore.images.formats.boxes import items
from aecore.images.formats.directory import orientation_of
from aecore.images.formats.stripped import MAX_PARTS, StrippedFile
from aecore.images.limits import check_size

MAX_AVIF_PIXELS = 25_000_000  # the decoder holds several copies of an image
MAX_FRAME_PIXELS = 2**26  # that a frame can have by the number of bits of its width and height

_IMAGE = b"av01"
_KINDS = (_IMAGE, b"tmap", b"Exif", b"mime", b"uri ")
_SEQUENCE_HEADER, _FRAMES = 1, (3, 6, 7)  # kinds of open bitstream units


def avif(data: bytes) -> StrippedFile:
    """Check the sizes of the image and of the frames; of an animation, take the still image."""
    if not features.check("avif"):
        raise ImageError("AVIF images cannot be read here, because Pillow is older than 11.3; save it as PNG or JPEG.")
    found = items(data)
    if found.kinds[found.primary] != _IMAGE or not set(found.kinds.values()) <= set(_KINDS):
        raise ImageError("This AVIF image consists of tiles or others, which is not supported; save it as PNG or JPEG.")
    for item, kind in found.kinds.items():
        if kind == _IMAGE:
            check_size(*found.sizes[item], MAX_AVIF_PIXELS, "AVIF image")
            _check_frames(b"".join(data[start:end] for start, end in found.extents[item]))
    with Image.open(io.BytesIO(found.data), formats=("AVIF",)) as image:
        # Pillow states the rotation of the item as an EXIF orientation, in place of the one in the file.
        orientation = orientation_of(image.info.get("exif", b""))
        return StrippedFile("AVIF", found.data, image.size, orientation, found.has_tracks)


def _check_frames(data: bytes) -> None:
    frames = 0
    for kind, unit in _units(data):
        frames += kind in _FRAMES
        if kind == _SEQUENCE_HEADER:
            _check_sequence(unit)
    if frames > 1:
        raise ImageError("This AVIF image consists of several layers; save it again as PNG or JPEG.")


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the payload of each open bitstream unit."""
    at = 0
    for _ in range(MAX_PARTS):
        if at >= len(data):
            return
        header, at, size = data[at], at + (2 if data[at] & 4 else 1), len(data)
        if header & 2:
            size = 0
            for i in range(8):
                size, at = size | (data[at] & 127) << 7 * i, at + 1
                if data[at - 1] < 128:
                    break
            size += at
        yield header >> 3 & 15, data[at:size]
        at = size
    raise ValueError("the AVIF has too many units")


def _check_sequence(unit: bytes) -> None:
    at, bits, length = 0, int.from_bytes(unit, "big"), 8 * len(unit)

    def read(count: int) -> int:
        nonlocal at
        at += count
        if at > length:
            raise ValueError("the sequence header ends early")
        return bits >> length - at & (1 << count) - 1

    read(4)  # profile, still picture
    if is_reduced := read(1):
        read(5)  # level
    else:
        if read(1):
            raise ValueError("a still image has a frame rate")
        delays = read(1)
        for _ in range(read(5) + 1):
            read(12)  # operating point
            if read(5) > 7:  # level
                read(1)  # tier
            if delays and read(1):
                read(4)
    across, down = read(4) + 1, read(4) + 1
    check_size(read(across) + 1, read(down) + 1, MAX_AVIF_PIXELS, "AVIF image")
    if not is_reduced and 1 << across + down > MAX_FRAME_PIXELS:  # each frame may state another size
        check_size(1 << across, 1 << down, MAX_FRAME_PIXELS, "AVIF image")
