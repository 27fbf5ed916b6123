"""Interpolation between two codes, linear or spherical."""

from __future__ import annotations

import math

import torch
from torch import Tensor

MIN_ANGLE = 1e-4  # radians from 0 and from pi, within which an arc is not defined numerically


def interpolate(start: Tensor, end: Tensor, count: int, spherical: bool = False) -> Tensor:
    """Interpolate from one code to another, both ends included.

    Spherical interpolation follows the arc around the origin and changes the norm linearly. Where no unique arc exists
    (opposite codes, a zero code), it falls back to linear interpolation.

    Shoemake, Animating rotation with quaternion curves, SIGGRAPH 1985.

    Args:
        start: (D,).
        end: (D,).
        count: number of codes, 2 or more.
        spherical: whether to follow the arc instead of the straight line.

    Returns:
        (count, D).

    Raises:
        ValueError: `count` is less than 2.
    """
    if count < 2:
        raise ValueError(f"An interpolation needs a count of 2 or more to include both ends, but count is {count}.")
    weights = torch.linspace(0, 1, count, dtype=torch.float64)[:, None]  # (count, 1)
    a, b = start.double(), end.double()
    codes = a + weights * (b - a)
    norms = a.norm(), b.norm()
    if spherical and min(norms) > 0:
        directions = a / norms[0], b / norms[1]
        angle = torch.arccos((directions[0] @ directions[1]).clamp(-1, 1))
        if MIN_ANGLE < float(angle) < math.pi - MIN_ANGLE:
            first, second = torch.sin((1 - weights) * angle), torch.sin(weights * angle)
            arc = (first * directions[0] + second * directions[1]) / torch.sin(angle)
            codes = arc * (norms[0] + weights * (norms[1] - norms[0]))
    codes[0], codes[-1] = a, b  # exact, without rounding
    return codes.to(start.dtype)
