"""Limits for image files, so that no file exhausts the memory or the processor.

Together with the limits in `formats`, no file takes more than 500 MB of memory or about two seconds on a slow core.
"""

from __future__ import annotations

from aecore.errors import ImageError

MAX_BYTES = 20_000_000  # per file
MAX_PIXELS = 40_000_000  # width x height; formats that are more expensive to decode have lower limits
MAX_SIDE = 100_000  # pixels; each row has a cost, however short it is


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS, what: str = "image") -> None:
    """Reject an image that is too large, before any of it is decoded.

    Args:
        width: in pixels.
        height: in pixels.
        max_pixels: maximum of width x height.
        what: name of the kind of image in the message.

    Raises:
        ImageError: the image has no pixels, too many, or too long a side.
    """
    size = f"This {what} has {width:,} x {height:,} pixels"
    if width < 1 or height < 1:
        raise ImageError(f"{size}, so it is empty; choose another.")
    if width * height > max_pixels:
        raise ImageError(f"{size}; at most {max_pixels / 1e6:g} million can be read, so make it smaller.")
    if max(width, height) > MAX_SIDE:
        raise ImageError(f"{size}; no side may be longer than {MAX_SIDE:,}, so cut it into pieces.")
