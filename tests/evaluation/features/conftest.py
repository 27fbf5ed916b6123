from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

Blobs = Callable[[int, int], tuple[Tensor, Tensor]]


@pytest.fixture(scope="session")
def blobs() -> Blobs:
    """`blobs(each, seed)`: points of three distant classes, (3 * each, 2), in random order, and their labels."""

    def draw(each: int, seed: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        labels = torch.arange(3).repeat(each)[torch.randperm(3 * each, generator=generator)]
        centers = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
        return centers[labels] + torch.randn(len(labels), 2, generator=generator), labels

    return draw
