"""Images for display: conversion to uint8, tiling, difference colors, PNG encoding."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Pixels = NDArray[np.uint8]

MAX_BARS = 50  # more bars are too thin to see

# A diverging color scale that color-blind people can read (orange and blue of Okabe and Ito, 2008), white in between.
_TOO_BRIGHT, _TOO_DARK = np.array([213, 94, 0.0]), np.array([0, 114, 178.0])
_HOT = np.array([255, 140, 20.0])


def to_pixels(images: Tensor) -> Pixels:
    """Convert images (N, C, H, W), uint8 or float in [0, 1], to (N, H, W, C) uint8; vectors (N, F) to bar charts."""
    array = images.detach().cpu().numpy()
    if array.ndim == 2:
        return bar_charts(array)
    if array.dtype != np.uint8:
        array = np.rint(array.clip(0, 1) * 255).astype(np.uint8)
    return array.transpose(0, 2, 3, 1)


def bar_charts(vectors: NDArray[np.floating[Any]], max_value: float = 3.0) -> Pixels:
    """Draw vectors (N, F) as bar charts (N, H, W, 1): positive values upward from the middle, negative ones downward.

    Values are clipped to `max_value`, and only the first `MAX_BARS` features are drawn.
    """
    half_height, bar_width = 16, 3  # pixels: of the longest bar, and from one bar to the next
    vectors = vectors[:, :MAX_BARS]
    count, features = vectors.shape
    scaled = vectors.clip(-max_value, max_value) / max_value
    lengths = np.rint(scaled * half_height).astype(int)[:, None, :]  # (N, 1, F)
    above = half_height - np.arange(2 * half_height + 1)[None, :, None]  # (1, H, 1): rows above the middle line
    filled = (above * np.sign(lengths) > 0) & (np.abs(above) <= np.abs(lengths))  # (N, H, F)
    charts = np.zeros((count, 2 * half_height + 1, features * bar_width + 1, 1), np.uint8)
    for offset in range(1, bar_width):
        charts[:, :, offset:-1:bar_width, 0] = filled * 255
    charts[:, half_height] = np.maximum(charts[:, half_height], 96)
    return charts


def difference_image(originals: Pixels, reconstructions: Pixels) -> Pixels:
    """Color where reconstructions (N, H, W, C) are too bright (orange), too dark (blue) or exact (white).

    Returns:
        Images (N, H, W, 3).
    """
    return signed_to_color((reconstructions.astype(np.float64) - originals).mean(axis=3) / 255)


def signed_to_color(values: NDArray[np.floating[Any]]) -> Pixels:
    """Map values (N, H, W) in [-1, 1] to colors (N, H, W, 3): positive orange, negative blue, zero white."""
    clipped = values.clip(-1, 1)[..., None]
    ends = np.where(clipped > 0, _TOO_BRIGHT, _TOO_DARK)
    colors: Pixels = np.rint(255 + np.abs(clipped) * (ends - 255)).astype(np.uint8)
    return colors


def heat_overlay(images: Pixels, heat: NDArray[np.floating[Any]]) -> Pixels:
    """Darken images (N, H, W, C) and color them orange where heat (N, H, W) in [0, 1] is large.

    Returns:
        Images (N, H, W, 3).
    """
    share = heat.clip(0, 1)[..., None]
    colors: Pixels = np.rint((1 - share) * 0.45 * to_rgb(images) + share * _HOT).astype(np.uint8)
    return colors


def tile(images: Pixels, columns: int, gap: int = 0, background: int = 255) -> Pixels:
    """Arrange images (N, H, W, C) in rows of `columns`, `gap` pixels apart, as one image (H', W', C).

    Raises:
        ValueError: there are no images, or no columns.
    """
    if len(images) == 0 or columns < 1:
        raise ValueError(f"Tiling needs at least one image and one column; given {len(images)} and {columns}.")
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    grid = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), background, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid


def to_png(image: Pixels, scale: int = 1) -> bytes:
    """Encode an image (H, W, 1) or (H, W, 3) as PNG, each pixel enlarged to a square of `scale` pixels."""
    enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(enlarged[..., 0] if image.shape[2] == 1 else enlarged).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def to_rgb(images: Pixels) -> Pixels:
    """Return gray or color images (N, H, W, C) as color images (N, H, W, 3)."""
    return images.repeat(3, axis=3) if images.shape[3] == 1 else images
