"""The one door for pictures that people bring: bytes of unknown origin to an array of pixels, or a plain sentence."""

from __future__ import annotations

import io
import re

from PIL import Image

from aecore.errors import ImageError
from aecore.images.formats import FORMATS, Slim
from aecore.images.limits import MOST_BYTES
from aecore.images.tiles import Pixels
from aecore.images.to_gray import flatten, turn

_FOREIGN = {  # what else people bring, by its first bytes
    "a PDF document": rb"%PDF",
    "a zip archive": rb"PK(\x03\x04|\x05\x06|\x07\x08)",
    "a HEIC or AVIF picture": rb"....ftyp(hei|hev|mif|msf|avi)",
    "a film": rb"....(ftyp|moov)",
    "an SVG drawing": rb".*<svg",
    "text": rb"[\t\r\n\x20-\x7e\x80-\xff]+\Z",
}
_LOOKED_AT = 2000  # bytes


def read_image(data: bytes) -> Pixels:
    """A picture file to its pixels (H, W), if it is gray, or (H, W, 3): upright, on white, in full size.

    PNG, JPEG, WebP, BMP, GIF and TIFF are told by their content; of several pictures in a file, the first is read.

    Raises:
        ImageError: there is no picture in it, or one that is too large to be unpacked. Nothing else is raised,
            whatever the bytes.
    """
    try:
        return _read(data)
    except ImageError as error:
        sentence = str(error)
    except Exception:  # of a damaged file Pillow may raise anything, MemoryError among it
        sentence = "This picture is damaged, or of a kind too rare to be read; save it again as PNG or JPEG."
    raise ImageError(sentence)  # out here, where no traceback keeps a half unpacked picture in memory


def _read(data: bytes) -> Pixels:
    if not isinstance(data, bytes):
        raise ImageError(f"A picture is read from the bytes of its file, but was given as {type(data).__name__!r}.")
    if not data:
        raise ImageError("This file is empty; choose one with a picture in it.")
    if len(data) > MOST_BYTES:
        size, most = f"{len(data) / 1e6:,.1f} MB", f"{MOST_BYTES / 1e6:g} MB"
        raise ImageError(f"This file has {size}; a picture may have at most {most}, so make it smaller.")
    for start, slim in FORMATS:
        if start.match(data):
            slimmed = slim(data)
            return turn(_decoded(slimmed), slimmed.orientation)
    kinds = (kind for kind, start in _FOREIGN.items() if re.match(start, data[:_LOOKED_AT], re.DOTALL))
    kind = next(kinds, "a file of an unknown kind")
    raise ImageError(f"This is {kind}; bring pictures as PNG, JPEG, WebP, BMP, GIF or TIFF.")


def _decoded(slim: Slim) -> Pixels:
    with Image.open(io.BytesIO(slim.data), formats=(slim.format,)) as picture:
        if picture.size != slim.size:
            raise ValueError("another size than was checked")
        picture.load()
        return flatten(picture)
