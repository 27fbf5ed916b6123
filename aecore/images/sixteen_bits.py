"""Images with 16 bits per channel, of which a camera or a microscope may use only 10, 12 or 14."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

_ROWS = 256  # converted at a time
_SWAPPED = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
# Of 16 bits per color channel Pillow returns the high byte. Read in the other byte order, it returns the low one.
_LOW = {f"{mode};16{a}": f"{mode};16{b}" for mode in ("RGB", "RGBA", "RGBX") for a, b in _SWAPPED.items()}
_GRAY_ALPHA = "LA;16B"
_LOW[_GRAY_ALPHA] = "RGBA"  # then the low byte of the gray value is in the second channel


def white_level(largest: int) -> int:
    """Return the value to show as white: the largest value of the number of bits in use, at least 8."""
    return max(255, (1 << largest.bit_length()) - 1)


def to_bytes(values: NDArray[Any], white: int) -> NDArray[np.uint8]:
    """Scale integers from 0 to `white` to bytes."""
    return ((values.astype(np.uint32) * 255 + white // 2) // white).astype(np.uint8)


def load_all_bits(image: ImageFile, reopen: Callable[[], ImageFile]) -> None:
    """Decode an image. If it has 16 bits per color channel, keep the 8 highest bits in use instead of the 8 highest."""
    modes = {_raw_mode(tile.args) for tile in image.tile}
    image.load()
    mode = modes.pop() if len(modes) == 1 else ""
    if mode not in _LOW or "transparency" in image.info or _brightest(image) >= 128:
        return
    low = reopen()
    low.tile = [
        tile._replace(args=(_LOW[mode], *tile.args[1:]) if isinstance(tile.args, tuple) else _LOW[mode])
        for tile in low.tile
    ]
    low.load()
    white = white_level(max(int(values.max()) for _, values in _strips(image, low, mode)))
    for top, values in _strips(image, low, mode):
        strip = np.array(image.crop((0, top, image.width, top + len(values))))
        strip[..., :3] = to_bytes(values, white)
        image.paste(Image.fromarray(strip), (0, top))


def _strips(high: ImageFile, low: ImageFile, mode: str) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """Yield the values of strips of rows, (H, W, 3) or (H, W, 1), each with its first row."""
    channels = slice(1, 2) if mode == _GRAY_ALPHA else slice(0, 3)
    for top in range(0, high.height, _ROWS):
        box = (0, top, high.width, min(top + _ROWS, high.height))
        first, second = (np.asarray(image.crop(box))[..., channels] for image in (high, low))
        yield top, first.astype(np.uint16) << 8 | second


def _raw_mode(arguments: Any) -> str:
    """Return Pillow's name of the bytes in the file, given the arguments of its decoder."""
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _brightest(image: ImageFile) -> int:
    return max(int(np.asarray(image.getchannel(band).getextrema()).max()) for band in "RGB")
