"""The one door for pictures that people bring: bytes of unknown origin to an array of pixels, or a plain sentence."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401 (named, they are ready; else Pillow loads all)

from aecore.images.flatten import flatten, turn
from aecore.images.formats import FORMATS, Slim
from aecore.images.limits import MOST_BYTES, ImageError

_WANTED = "Save it as PNG, JPEG, WebP, BMP, GIF or TIFF, and try again."

_FOREIGN = (
    (rb"%PDF", "a PDF document"),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive"),
    (rb"....ftyp(hei|hev|mif|msf|avi)", "a HEIC or AVIF picture"),
    (rb"....(ftyp|moov)", "a film"),
    (rb".*<svg", "an SVG drawing"),
    (rb"(\xef\xbb\xbf)?[\t\r\n\x20-\x7e\x80-\xff]+\Z", "text"),
)


def read_image(data: bytes) -> NDArray[np.uint8]:
    """A picture file to its pixels (H, W), if it is grey, or (H, W, 3): upright, on white, in full size.

    PNG, JPEG, WebP, BMP, GIF and TIFF are told by their content; of several pictures in a file, the first is read.

    Raises:
        ImageError: there is no picture in it, or one too large to be unpacked; nothing else is raised, whatever the
            bytes.
    """
    try:
        return _read(data)
    except ImageError as error:
        sentence = str(error)
    except Exception:  # of a damaged file Pillow may raise anything, MemoryError among it
        sentence = "This picture is damaged or incomplete. Save it again, or choose another."
    raise ImageError(sentence)  # here, where no traceback keeps a half unpacked picture alive


def _read(data: bytes) -> NDArray[np.uint8]:
    if not isinstance(data, bytes):
        raise ImageError(f"A picture is read from the bytes of its file, not from {type(data).__name__!r}.")
    if not data:
        raise ImageError("This file is empty. Choose one with a picture in it.")
    if len(data) > MOST_BYTES:
        raise ImageError(
            f"This file has {len(data) / 1e6:.1f} MB; a picture may have at most {MOST_BYTES / 1e6:g} MB. Make it "
            "smaller, or save it as JPEG, and try again."
        )
    for begin, slim in FORMATS.values():
        if begin.match(data):
            return _decoded(slim(data))
    raise ImageError(f"This is {_kind(data)}, not a picture that can be read. {_WANTED}")


def _decoded(slim: Slim) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(slim.data), formats=(slim.format,)) as picture:
        if picture.size != slim.size:
            raise ValueError("a size that was not checked")
        picture.load()
        pixels = flatten(picture)
    return turn(pixels, slim.orientation)


def _kind(data: bytes) -> str:
    for begin, name in _FOREIGN:
        if re.match(begin, data[:2000], re.DOTALL | re.IGNORECASE):
            return name
    return "a file of another kind"
