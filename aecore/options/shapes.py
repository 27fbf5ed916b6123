"""Shapes of examples, and how to speak of them."""

from __future__ import annotations

from aecore.errors import IncompatibleSettings

Shape = tuple[int, ...]


def needs_pictures(title: str, input_shape: Shape, instead: str) -> None:
    """Raise `IncompatibleSettings` if an input is not a picture (C, H, W).

    Args:
        title: what needs pictures.
        input_shape: shape of one example.
        instead: what to choose otherwise.
    """
    if len(input_shape) == 3:
        return
    *rows, last = input_shape
    numbers = "".join(f"{count:,} rows of " for count in rows) + f"{last:,} number{'s' * (last != 1)}"
    raise IncompatibleSettings(f"{title} needs pictures, and an example of this data is {numbers}; choose {instead}.")


def halved(input_shape: Shape, levels: int) -> list[tuple[int, int]]:
    """Height and width of a picture (C, H, W), and after each of so many levels; an odd side is rounded up.

    Raises:
        IncompatibleSettings: a side would be halved below one pixel.
    """
    _, height, width = input_shape
    possible = (min(height, width) - 1).bit_length()
    if levels > possible:
        raise IncompatibleSettings(
            f"Channels has {levels} levels, and each halves the picture; {height} x {width} pixels allow at most "
            f"{possible}.",
            "channels",
        )
    return [(-(-height // 2**level), -(-width // 2**level)) for level in range(levels + 1)]
