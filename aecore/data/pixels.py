"""Stored examples and what a model reads: uint8 pixels on disk, floats in [0, 1] in a model."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BATCH = 1000


def pixels(images: Tensor) -> Tensor:
    """uint8 pictures to float pictures in [0, 1]; float examples that are no pictures stay as they are."""
    return images if images.is_floating_point() else images.float().div_(255)


def to_stored(answers: Tensor, pictures: bool) -> Tensor:
    """What a model answers, as it is kept: pictures in 8 bits, other numbers as they are."""
    return (answers * 255).round().clamp(0, 255).to(torch.uint8) if pictures else answers


def batches(images: Tensor, size: int = BATCH) -> Iterator[Tensor]:
    """uint8 pictures (N, C, H, W) as float batches in [0, 1]; float examples as they are."""
    for start in range(0, len(images), size):
        yield pixels(images[start : start + size])
