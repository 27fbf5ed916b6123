"""Pictures on their way to a screen or a file: tiled into one grid, colored, encoded as PNG."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Pixels = NDArray[np.uint8]

MOST_BARS = 50  # more are too thin to see

# Two ends of a scale that color-blind people tell apart (orange and blue of Okabe and Ito, 2008), white between.
_TOO_BRIGHT, _TOO_DARK = np.array([213, 94, 0.0]), np.array([0, 114, 178.0])


def to_pixels(images: Tensor) -> Pixels:
    """Pictures (N, C, H, W), uint8 or in [0, 1], to (N, H, W, C) uint8; vectors (N, F) become bar charts."""
    array = images.detach().cpu().numpy()
    if array.ndim == 2:
        return bars(array)
    if array.dtype != np.uint8:
        array = np.rint(array.clip(0, 1) * 255).astype(np.uint8)
    return array.transpose(0, 2, 3, 1)


def bars(vectors: NDArray[np.floating[Any]], reach: float = 3.0) -> Pixels:
    """Vectors (N, F) as bar charts (N, H, W, 1): up from the middle if positive, down if negative, `reach` at most.

    Of long vectors, the first numbers.
    """
    half, wide = 16, 3  # pixels: of the longest bar, and from one bar to the next
    vectors = vectors[:, :MOST_BARS]
    count, features = vectors.shape
    lengths = np.rint(vectors.clip(-reach, reach) / reach * half).astype(int)[:, None, :]  # (N, 1, F)
    above = half - np.arange(2 * half + 1)[None, :, None]  # (1, H, 1): rows above the middle line
    filled = (above * np.sign(lengths) > 0) & (np.abs(above) <= np.abs(lengths))  # (N, H, F)
    sheet = np.zeros((count, 2 * half + 1, features * wide + 1, 1), np.uint8)
    for offset in range(1, wide):
        sheet[:, :, offset:-1:wide, 0] = filled * 255
    sheet[:, half] = np.maximum(sheet[:, half], 96)
    return sheet


def difference(pictures: Pixels, reconstructions: Pixels) -> Pixels:
    """Where reconstructions (N, H, W, C) are too bright (orange), too dark (blue) or right (white): (N, H, W, 3)."""
    return signed((reconstructions.astype(np.float64) - pictures).mean(axis=3) / 255)


def signed(gaps: NDArray[np.floating[Any]]) -> Pixels:
    """Numbers (N, H, W) in [-1, 1] as colors (N, H, W, 3): orange above 0, blue below, white at it."""
    gap = gaps.clip(-1, 1)[..., None]
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


def as_color(images: Pixels) -> Pixels:
    """Gray or color pictures (N, H, W, C) as color (N, H, W, 3), to stand in one sheet with differences."""
    return images.repeat(3, axis=3) if images.shape[3] == 1 else images
