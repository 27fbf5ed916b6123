"""Conversion between stored examples and model inputs: uint8 pixels on disk, floats in [0, 1] in a model."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BATCH_SIZE = 1000


def to_float(images: Tensor) -> Tensor:
    """Convert uint8 images to floats in [0, 1]; return float examples, which are not images, unchanged."""
    return images if images.is_floating_point() else images.float().div_(255)


def to_stored(outputs: Tensor, is_image: bool) -> Tensor:
    """Convert model outputs to their stored form: uint8 for images, unchanged for other examples."""
    return (outputs * 255).round().clamp(0, 255).to(torch.uint8) if is_image else outputs


def batches(images: Tensor, size: int = BATCH_SIZE) -> Iterator[Tensor]:
    """Yield uint8 images (N, C, H, W) as float batches in [0, 1]; float examples are only split."""
    for start in range(0, max(len(images), 1), size):  # of no images, one empty batch
        yield to_float(images[start : start + size])
