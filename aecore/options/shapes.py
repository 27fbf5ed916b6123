"""Shapes of single examples, without the batch axis."""

from __future__ import annotations

from aecore.errors import IncompatibleSettings

Shape = tuple[int, ...]


def require_images(title: str, input_shape: Shape, instead: str) -> None:
    """Check that the inputs are images (C, H, W).

    Args:
        title: the option that needs images, as shown to users.
        input_shape: shape of one example.
        instead: the options to suggest for other data.

    Raises:
        IncompatibleSettings: an example is not an image.
    """
    if len(input_shape) == 3:
        return
    *rows, last = input_shape
    example = "".join(f"{count:,} rows of " for count in rows) + f"{last:,} value{'s' * (last != 1)}"
    raise IncompatibleSettings(f"{title} needs images, but an example of this dataset is {example}; choose {instead}.")


def downsampled_sizes(input_shape: Shape, levels: int) -> list[tuple[int, int]]:
    """Return height and width of an image (C, H, W) at full size and after each of `levels` halvings.

    Odd sizes are rounded up.

    Raises:
        IncompatibleSettings: a side would become smaller than one pixel.
    """
    _, height, width = input_shape
    max_levels = (min(height, width) - 1).bit_length()
    if levels > max_levels:
        raise IncompatibleSettings(
            f"Channels has {levels} levels, and each halves the image; {height} x {width} pixels allow at most "
            f"{max_levels}.",
            "channels",
        )
    return [(-(-height // 2**level), -(-width // 2**level)) for level in range(levels + 1)]
