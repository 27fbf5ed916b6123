"""Conversion of Pillow images in any mode to uint8 arrays, gray or RGB, with transparency on white, or on black."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecore.images.prepare import MIN_CONTRAST
from aecore.images.sixteen_bits import to_bytes, white_level
from aecore.images.tiles import Pixels

_STRIP_PIXELS = 2**19  # converted at a time: two copies of an image of 40 million pixels would not fit into memory

_NEARLY_WHITE = 192  # gray level

_GRAY_MODES = ("1", "L", "LA", "La")
_ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")


def to_gray_or_rgb(image: Image.Image) -> Pixels:
    """Convert an image to (H, W) if its mode is gray, else to (H, W, 3).

    Transparent pixels become white; black if white would hide the others because they are light.
    """
    convert, is_gray = _converter(image)
    width, height = image.size
    pixels = np.empty((height, width) if is_gray else (height, width, 3), np.uint8)
    for top, strip in _strips(image):
        pixels[top : top + strip.height] = convert(strip)
    return pixels


def apply_orientation(pixels: Pixels, orientation: int) -> Pixels:
    """Turn pixels (H, W, ...) upright, given one of the eight EXIF orientations (CIPA DC-008, 4.6.4)."""
    if not 2 <= orientation <= 8:
        return pixels
    view = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    row_step, column_step = (-1 if orientation in (3, 4, 7, 8) else 1), (-1 if orientation in (2, 3, 6, 7) else 1)
    view = view[::row_step, ::column_step]
    upright = np.empty(view.shape, np.uint8)
    for left in range(0, view.shape[1], 64):  # narrow bands: with swapped axes, whole rows would miss the cache
        upright[:, left : left + 64] = view[:, left : left + 64]
    return upright


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield horizontal strips of an image, each with its first row."""
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


def _converter(image: Image.Image) -> tuple[Callable[[Image.Image], Pixels], bool]:
    """Return the function that converts strips of the image, and whether its result is gray."""
    mode, transparent = image.mode, image.info.get("transparency")
    if mode.startswith("I;16"):
        return _converter_of_16_bits(image, transparent), True
    if mode in ("I", "F"):
        return _range_converter(image), True
    target = "L" if mode in _GRAY_MODES else "RGB"
    if mode in _ALPHA_MODES or transparent is not None:
        background = 0 if _is_hidden_on_white(image, target) else 255
        return lambda strip: _on_background(strip, target, background), target == "L"
    return lambda strip: np.asarray(strip.convert(target)), target == "L"


def _is_hidden_on_white(image: Image.Image, mode: str) -> bool:
    """Return whether the opaque parts are so light that they contrast with black, but not with white."""
    return all(_on_background(strip, mode, 255).min() >= _NEARLY_WHITE for _, strip in _strips(image)) and any(
        _on_background(strip, mode, 0).max() > 255 - _NEARLY_WHITE for _, strip in _strips(image)
    )


def _on_background(strip: Image.Image, mode: str, level: int) -> Pixels:
    strip = strip.convert(mode + "A")
    background = Image.new(mode, strip.size, (level,) * len(mode))
    background.paste(strip.convert(mode), mask=strip.getchannel("A"))
    return np.asarray(background)


def _converter_of_16_bits(image: Image.Image, transparent: object) -> Callable[[Image.Image], Pixels]:
    opaque = [values[values != transparent] for values in (np.asarray(strip) for _, strip in _strips(image))]
    low = min(int(values.min(initial=2**16 - 1)) for values in opaque)
    high = max(int(values.max(initial=0)) for values in opaque)
    white = white_level(high)
    if 255 <= high - low < MIN_CONTRAST / 255 * white:  # 8 bits would leave a blank image
        return lambda strip: to_bytes(np.asarray(strip).clip(low, high) - low, high - low)
    is_light = all(to_bytes(values, white).min(initial=255) >= _NEARLY_WHITE for values in opaque)
    background = 0 if is_light and any(values.size for values in opaque) else 255

    def convert(strip: Image.Image) -> Pixels:
        values = np.asarray(strip)
        gray = to_bytes(values, white)
        gray[values == transparent] = background
        return gray

    return convert


def _range_converter(image: Image.Image) -> Callable[[Image.Image], Pixels]:
    """Return a function that maps 32-bit values to bytes: [0, 1] and [0, 255] as such, other ranges stretched.

    Floats are also stretched where 8 bits would leave a blank image.
    """
    ranges = [(values.min(), values.max()) for values in (_finite(strip) for _, strip in _strips(image))]
    low, high = min(minimum for minimum, _ in ranges), max(maximum for _, maximum in ranges)
    if low >= 0 and high <= 255:
        white = 1.0 if high <= 1 and image.mode == "F" else 255.0
        if image.mode != "F" or low == high or high - low >= MIN_CONTRAST / 255 * white:
            low, high = 0.0, white
    if low == high:  # a constant outside the range is clipped
        return lambda strip: _finite(strip).clip(0, 255).astype(np.uint8)
    return lambda strip: np.rint((_finite(strip) - low) * (255 / (high - low))).astype(np.uint8)


def _finite(strip: Image.Image) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # signaling NaNs warn
        return np.nan_to_num(np.asarray(strip, np.float64), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
