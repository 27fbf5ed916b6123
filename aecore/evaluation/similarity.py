"""The structural similarity (SSIM) of reconstructions over a set of images, which takes seconds."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aecore.analysis.metrics import WINDOW, ssim
from aecore.objectives.corruptions import Corruption, corrupted

BATCH = 100  # images between two calls of `progress`


def has_ssim(input_shape: tuple[int, ...]) -> bool:
    """Return whether SSIM is defined for examples of this shape: images of at least 11 x 11 pixels."""
    return len(input_shape) == 3 and min(input_shape[1:]) >= WINDOW


def mean_ssim(
    reconstruct: Callable[[Tensor], Tensor],
    images: Tensor,
    corruption: Corruption,
    progress: Callable[[int], None] = lambda done: None,
) -> float:
    """Compute the mean SSIM of reconstructions, clipped to [0, 1], and the clean images.

    Args:
        reconstruct: maps inputs (B, C, H, W) in [0, 1] to reconstructions.
        images: clean images (N, C, H, W), uint8 or in [0, 1]; at least one.
        corruption: applied to the inputs, as for the other scores.
        progress: called with the number of images done.
    """
    values: list[Tensor] = []
    for clean, inputs in corrupted(images, corruption):
        outputs = reconstruct(inputs).cpu().clamp(0, 1)
        for x, output in zip(torch.split(clean.cpu(), BATCH), torch.split(outputs, BATCH), strict=True):
            values.append(ssim(x, output))
            progress(sum(map(len, values)))
    return float(torch.cat(values).double().mean())
