"""A picture as Pillow opened it, in any of Pillow's modes, to an array of gray or color bytes, lying on white."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecore.images.tiles import Pixels

_STRIP = 2**19  # pixels converted at a time: whole pictures of 40 million pixels would not fit twice

_GRAY = ("1", "L", "LA", "La")
_SEE_THROUGH = ("LA", "La", "PA", "RGBA", "RGBa")


def flatten(picture: Image.Image) -> Pixels:
    """A picture to (H, W), if it is gray by its mode, or (H, W, 3); what is transparent shows white."""
    to_bytes, gray = _converter(picture)
    width, height = picture.size
    pixels = np.empty((height, width) if gray else (height, width, 3), np.uint8)
    for top, strip in _strips(picture):
        pixels[top : top + strip.height] = to_bytes(strip)
    return pixels


def turn(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels (H, W, ...) as the camera stood: one of the eight orientations of EXIF (CIPA DC-008, 4.6.4)."""
    if not 2 <= orientation <= 8:
        return pixels
    view = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    rows, columns = (-1 if orientation in (3, 4, 7, 8) else 1), (-1 if orientation in (2, 3, 6, 7) else 1)
    view = view[::rows, ::columns]
    turned = np.empty(view.shape, np.uint8)
    for left in range(0, view.shape[1], 64):  # in narrow bands, or the swapped axes would miss the cache at each pixel
        turned[:, left : left + 64] = view[:, left : left + 64]
    return turned


def _strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    width, height = picture.size
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield top, picture.crop((0, top, width, min(top + rows, height)))


def _converter(picture: Image.Image) -> tuple[Callable[[Image.Image], Pixels], bool]:
    """How strips of a picture become bytes, and whether these are gray."""
    mode, key = picture.mode, picture.info.get("transparency")
    if mode.startswith("I;16") or (mode == "I" and picture.format == "PNG"):  # the latter in older releases of Pillow
        return lambda strip: _sixteen(strip, key), True
    if mode in ("I", "F"):
        return _stretch(picture), True
    name = "L" if mode in _GRAY else "RGB"
    if mode in _SEE_THROUGH or key is not None:
        return lambda strip: _on_white(strip, name), name == "L"
    return lambda strip: np.asarray(strip.convert(name)), name == "L"


def _on_white(strip: Image.Image, name: str) -> Pixels:
    strip = strip.convert(name + "A")
    sheet = Image.new(name, strip.size, "white")
    sheet.paste(strip.convert(name), mask=strip.getchannel("A"))
    return np.asarray(sheet)


def _sixteen(strip: Image.Image, key: object) -> Pixels:
    values = np.asarray(strip)
    gray = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if isinstance(key, int):
        gray[values == key] = 255
    return gray


def _stretch(picture: Image.Image) -> Callable[[Image.Image], Pixels]:
    """Numbers without a fixed range to bytes: those of [0, 1] or [0, 255] as such, others stretched."""
    ends = [(part.min(), part.max()) for part in (_finite(strip) for _, strip in _strips(picture))]
    low, high = min(least for least, _ in ends), max(most for _, most in ends)
    if low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 and picture.mode == "F" else 255.0
    if low == high:  # one value everywhere, out of range: the nearest in range
        return lambda strip: _finite(strip).clip(0, 255).astype(np.uint8)
    return lambda strip: np.rint((_finite(strip) - low) * (255 / (high - low))).astype(np.uint8)


def _finite(strip: Image.Image) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # a NaN may be of a kind that warns
        return np.nan_to_num(np.asarray(strip, np.float64), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
