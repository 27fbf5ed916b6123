"""Decoding of untrusted image files: bytes to a pixel array, or an error with a message for users."""

from __future__ import annotations

import io
import math
import re
from functools import partial

from PIL import Image
from PIL.ImageFile import ImageFile

from aecore.errors import ImageError
from aecore.images.formats import FORMAT_NAMES, FORMATS, StrippedFile
from aecore.images.limits import MAX_BYTES, MAX_PIXELS
from aecore.images.sixteen_bits import load_all_bits
from aecore.images.tiles import Pixels
from aecore.images.to_gray import apply_orientation, to_gray_or_rgb

_UNSUPPORTED = {  # other kinds of files, by their first bytes
    "a PDF document": rb"%PDF",
    "a zip archive": rb"PK(\x03\x04|\x05\x06|\x07\x08)",
    "a video": rb"....(ftyp|moov)",
    "an SVG drawing": rb".*<svg",
    "text": rb"[\t\r\n\x20-\x7e\x80-\xff]+\Z",
}
_INSPECTED_BYTES = 2000


def read_image(data: bytes) -> Pixels:
    """Decode an image file to pixels, upright, on white and in full size. A larger JPEG than `MAX_PIXELS` is reduced.

    Args:
        data: content of a file of one of `FORMAT_NAMES`, which is recognized by its content.

    Returns:
        (H, W) uint8 if the image is gray, else (H, W, 3). Of several images in a file, the first.

    Raises:
        ImageError: the file holds no readable image, or one that is too large. No other exception is raised, whatever
            the bytes.
    """
    return read_first_image(data)[0]


def read_first_image(data: bytes) -> tuple[Pixels, bool]:
    """Decode an image file as `read_image`; return the pixels, and whether the file holds more images."""
    try:
        return _read(data)
    except ImageError as error:
        message = str(error)
    except Exception:  # Pillow may raise any exception for a damaged file, including MemoryError
        message = "This image is damaged or of an unsupported kind; save it again as PNG or JPEG."
    raise ImageError(message)  # outside the handler, where no traceback keeps a partly decoded image in memory


def _read(data: bytes) -> tuple[Pixels, bool]:
    if not isinstance(data, bytes):
        raise ImageError(
            f"Images are read from the bytes of an image file, but the given value is of type {type(data).__name__!r}."
        )
    if not data:
        raise ImageError("This file is empty; choose an image file.")
    if len(data) > MAX_BYTES:
        size, limit = f"{len(data) / 1e6:,.1f} MB", f"{MAX_BYTES / 1e6:g} MB"
        raise ImageError(f"This file has {size}; an image may have at most {limit}, so make it smaller.")
    for signature, strip in FORMATS:
        if signature.match(data):
            file = strip(data)
            return apply_orientation(_decode(file), file.orientation), file.has_more
    head = data[:_INSPECTED_BYTES]
    kinds = (kind for kind, signature in _UNSUPPORTED.items() if re.match(signature, head, re.DOTALL))
    kind = next(kinds, "a file of an unknown kind")
    raise ImageError(f"This is {kind}; choose a {', '.join(FORMAT_NAMES[:-1])} or {FORMAT_NAMES[-1]} image.")


def _decode(file: StrippedFile) -> Pixels:
    with _open(file) as image:
        if image.size != file.size:
            raise ValueError("the decoder found another size than the one checked")
        if image.width * image.height > MAX_PIXELS:  # only a JPEG passes the limits of its format
            image.draft(None, (image.width // _reduction(image.size), image.height // _reduction(image.size)))
        load_all_bits(image, partial(_open, file))
        return to_gray_or_rgb(image)


def _reduction(size: tuple[int, int]) -> int:
    """Return the power of 2 that both sides are divided by, for at most `MAX_PIXELS`."""
    return next(factor for factor in (2, 4, 8) if math.prod(size) <= MAX_PIXELS * factor**2)


def _open(file: StrippedFile) -> ImageFile:
    return Image.open(io.BytesIO(file.data), formats=(file.format,))
