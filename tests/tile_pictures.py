"""Pictures of a bolted tile, at any size, and the same with a scratch."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

Box = tuple[int, int, int, int]  # left, top, right, bottom


def tile_picture(seed: int, size: tuple[int, int] = (256, 192), color: bool = False) -> np.ndarray:
    """A grid of bolts with small variations of position, brightness and noise: (H, W), or (H, W, 3)."""
    rng, (width, height) = np.random.default_rng(seed), size
    picture = Image.new("L", size, int(rng.integers(120, 136)))
    pen, shift = ImageDraw.Draw(picture), rng.integers(-2, 3, 2)
    for top in range(-64, height + 64, 64):
        pen.line((0, top + 31 + int(shift[1]), width, top + 31 + int(shift[1])), fill=80, width=3)
        for left in range(-64, width + 64, 64):
            x, y = left + int(shift[0]) + 32, top + int(shift[1])
            pen.line((x - 32, 0, x - 32, height), fill=80, width=3)
            pen.ellipse((x - 10, y - 10, x + 10, y + 10), fill=int(rng.integers(190, 210)), outline=60)
    noisy = np.asarray(picture, np.float64) + rng.normal(0, 4, (height, width))
    gray = noisy.clip(0, 255).astype(np.uint8)
    return np.stack([gray, (gray * 0.9).astype(np.uint8), (gray * 0.7).astype(np.uint8)], axis=2) if color else gray


def scratched(picture: np.ndarray, seed: int) -> tuple[np.ndarray, Box]:
    """The picture with a thin bright scratch, and the box around it."""
    rng, (height, width) = np.random.default_rng(seed), picture.shape[:2]
    x, y = int(rng.integers(10, width - 50)), int(rng.integers(10, height - 30))
    end = (x + int(rng.integers(20, 40)), y + int(rng.integers(8, 20)))
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).line((x, y, *end), fill=250 if picture.ndim == 2 else (250, 250, 250), width=2)
    return np.asarray(image), (x, y, *end)


def blotched(picture: np.ndarray, seed: int) -> tuple[np.ndarray, Box]:
    """The picture with a dark blob, and the box around it."""
    rng, (height, width) = np.random.default_rng(seed), picture.shape[:2]
    x, y, radius = int(rng.integers(12, width - 24)), int(rng.integers(12, height - 24)), int(rng.integers(5, 9))
    box = (x, y, x + 2 * radius, y + 2 * radius)
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).ellipse(box, fill=30 if picture.ndim == 2 else (30, 30, 30))
    return np.asarray(image), box
