"""What a picture file may hold, so that none takes the memory or the time of everybody, and the error that says so.

With these and the limits in `formats`, no file takes more than 500 MB and, on one slow core, about two seconds.
"""

from __future__ import annotations

from aecore.errors import ImageError

MOST_BYTES = 20_000_000  # of a file
MOST_PIXELS = 40_000_000  # width x height; where a format is dearer to unpack, it has limits of its own
MOST_SIDE = 100_000  # pixels, as every row has its price, however short it is


def check_size(width: int, height: int, most: int = MOST_PIXELS, what: str = "picture") -> None:
    """Refuse a `what` of more than `most` pixels, before anything of it is unpacked.

    Raises:
        ImageError: it has no pixels, too many of them, or too long a side.
    """
    given = f"This {what} has {width:,} x {height:,} pixels"
    if width < 1 or height < 1:
        raise ImageError(f"{given}, so there is nothing to see in it; choose another.")
    if width * height > most:
        raise ImageError(f"{given}; at most {most / 1e6:g} million can be read, so make it smaller.")
    if max(width, height) > MOST_SIDE:
        raise ImageError(f"{given}; no side may be longer than {MOST_SIDE:,}, so cut it into pieces.")
