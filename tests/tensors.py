"""Tensors for tests: comparison, random codes, parameter counts."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """Whether two state dictionaries have the same names and, bit for bit, the same values."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def random_codes(count: int, size: int = 5, seed: int = 0) -> Tensor:
    """Standard normal codes (count, size)."""
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def parameter_count(module: nn.Module) -> int:
    """Number of parameters of a module."""
    return sum(weight.numel() for weight in module.parameters())
