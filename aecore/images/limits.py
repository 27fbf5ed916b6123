"""What a picture file may hold, so that none takes the memory or the time of everybody; and the error that says so."""

from __future__ import annotations

MOST_BYTES = 20_000_000  # of a file
MOST_PIXELS = 40_000_000  # width x height; some formats hold less, see `slim` and `tiff`
MOST_SIDE = 100_000  # pixels: every row costs its share of memory, however short it is


class ImageError(Exception):
    """A picture that cannot be read; the message is a plain sentence for the person who brought it."""


def check_size(width: int, height: int, most: int = MOST_PIXELS, what: str = "picture") -> None:
    """Refuse a `what` of more than `most` pixels, before anything of it is unpacked.

    Raises:
        ImageError: it has no pixels, too many pixels, or too long a side.
    """
    given = f"This {what} is {width:,} x {height:,} pixels large"
    if width < 1 or height < 1:
        raise ImageError(f"{given}, so there is nothing to see in it. Choose another picture.")
    if width * height > most:
        raise ImageError(f"{given}; it may have at most {most / 1e6:g} million pixels. Make it smaller, and try again.")
    if max(width, height) > MOST_SIDE:
        raise ImageError(f"{given}; no side may be longer than {MOST_SIDE:,} pixels. Cut it, and try again.")
