"""Patches of a picture at its own resolution: squares that overlap by half and cover it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecore.images.prepare import ImageArray, Size, downscale
from aecore.images.tiles import Pixels

PATCH_SIDE, STRIDE = 64, 32  # pixels of the picture
MAX_SIDE = 512  # pixels; a larger picture is reduced first


def to_patch_picture(image: ImageArray) -> Pixels:
    """Return an image (H, W) or (H, W, 3), of any size from 1 x 1, as the picture (H', W', 3) that is cut.

    A larger one than `MAX_SIDE` is reduced by a whole factor, as `downscale` does, so that pictures of one camera keep
    one scale. The border of one that is smaller than a patch is repeated.
    """
    picture = np.asarray(Image.fromarray(downscale(downscale(image), MAX_SIDE)).convert("RGB"))
    missing = [max(0, PATCH_SIDE - length) for length in picture.shape[:2]]
    return np.pad(picture, [(0, missing[0]), (0, missing[1]), (0, 0)], mode="edge")


def positions(size: Size) -> list[tuple[int, int]]:
    """Return the top and the left side of each patch of a picture of this size, row by row."""
    rows, columns = (
        sorted({*range(0, length - PATCH_SIDE + 1, STRIDE), max(0, length - PATCH_SIDE)}) for length in size
    )
    return [(top, left) for top in rows for left in columns]


def cut(picture: Pixels) -> Pixels:
    """Cut a picture (H, W, C), no side smaller than a patch, into its patches (P, 64, 64, C)."""
    height, width = picture.shape[:2]
    return np.stack([picture[t : t + PATCH_SIDE, x : x + PATCH_SIDE] for t, x in positions((height, width))])


def assemble(patches: NDArray[np.floating], size: Size) -> NDArray[np.float64]:
    """Average the values of overlapping patches (P, 64, 64, ...), in the order of `positions`, to (H, W, ...)."""
    total, count = np.zeros((*size, *patches.shape[3:])), np.zeros(size)
    for patch, (top, left) in zip(patches, positions(size), strict=True):
        total[top : top + PATCH_SIDE, left : left + PATCH_SIDE] += patch
        count[top : top + PATCH_SIDE, left : left + PATCH_SIDE] += 1
    return total / count.reshape(*size, *(1 for _ in patches.shape[3:]))
