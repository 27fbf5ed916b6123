"""Pictures on their way to a screen or a file: tiled into one grid, coloured, encoded as PNG."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Pixels = NDArray[np.uint8]

# Two ends of a scale that colour-blind people tell apart (orange and blue of Okabe and Ito, 2008), white between.
_TOO_BRIGHT, _TOO_DARK = np.array([213, 94, 0.0]), np.array([0, 114, 178.0])


def to_pixels(images: Tensor) -> Pixels:
    """Pictures (N, C, H, W), uint8 or in [0, 1], to (N, H, W, C) uint8."""
    array = images.detach().cpu().numpy()
    if array.dtype != np.uint8:
        array = np.rint(array.clip(0, 1) * 255).astype(np.uint8)
    return array.transpose(0, 2, 3, 1)


def difference(pictures: Pixels, reconstructions: Pixels) -> Pixels:
    """Where reconstructions (N, H, W, C) are too bright (orange), too dark (blue) or right (white): (N, H, W, 3)."""
    gap = (reconstructions.astype(np.float64) - pictures).mean(axis=3, keepdims=True) / 255  # in [-1, 1]
    ends = np.where(gap > 0, _TOO_BRIGHT, _TOO_DARK)
    mixed: Pixels = np.rint(255 + np.abs(gap) * (ends - 255)).astype(np.uint8)
    return mixed


def tile(images: Pixels, columns: int, gap: int = 0, background: int = 255) -> Pixels:
    """Pictures (N, H, W, C) side by side in rows of `columns`, `gap` pixels apart: (rows, columns) as one (H', W', C).

    Raises:
        ValueError: there are no pictures, or no columns.
    """
    if len(images) == 0 or columns < 1:
        raise ValueError(f"Tiling needs at least one picture and one column; given {len(images)} and {columns}.")
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), background, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet


def to_png(image: Pixels, scale: int = 1) -> bytes:
    """A picture (H, W, 1) or (H, W, 3) as PNG, each pixel a square of `scale` pixels."""
    enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(enlarged[..., 0] if image.shape[2] == 1 else enlarged).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def as_colour(images: Pixels) -> Pixels:
    """Grey or colour pictures (N, H, W, C) as colour (N, H, W, 3), to stand in one sheet with differences."""
    return images.repeat(3, axis=3) if images.shape[3] == 1 else images
