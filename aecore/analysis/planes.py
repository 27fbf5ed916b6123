"""Planes through a latent space: grids of points on a map, and the images that they decode to.

A point on a map has two coordinates, `across` (to the right) and `down` (from the top).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aecore.analysis.projection import Projected

Decode = Callable[[Tensor], Tensor]  # codes (N, D) to images (N, ...)


def plane(origin: Tensor, axes: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Compute codes on the plane through `origin` (D,) along `axes` (2, D): (len(down), len(across), D)."""
    return origin + across[None, :, None] * axes[0] + down[:, None, None] * axes[1]


def decode_plane(decode: Decode, origin: Tensor, axes: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Decode the codes of a plane to images (len(down), len(across), ...); arguments as for `plane`."""
    images = decode(plane(origin, axes, across, down).flatten(0, 1))
    return images.reshape(len(down), len(across), *images.shape[1:])


def normal_quantiles(count: int) -> Tensor:
    """Compute values (count,) at the centers of `count` equally probable intervals of N(0, 1).

    As in Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix A.
    """
    values: Tensor = torch.special.ndtri((torch.arange(count, dtype=torch.float64) + 0.5) / count)
    return values.float()


def regular_grid(projected: Projected, count: int, margin: float) -> tuple[Tensor, Tensor]:
    """Compute an evenly spaced grid over a map of two axes.

    Args:
        projected: the map.
        count: number of values in each direction.
        margin: how far the grid extends beyond the points, as a fraction of the map's width and height.

    Returns:
        `across` (count,), from the left, and `down` (count,), from the top.
    """
    low, high = projected.points.min(dim=0).values, projected.points.max(dim=0).values
    extra = margin * (high - low).clamp(min=1e-6)
    across, up = (torch.linspace(float((low - extra)[i]), float((high + extra)[i]), count) for i in (0, 1))
    return across, up.flip(0)


def quantile_grid(projected: Projected, count: int, prior: bool) -> tuple[Tensor, Tensor]:
    """Compute a grid over a map of two axes at quantiles of a normal distribution.

    Args:
        projected: the map.
        count: number of values in each direction.
        prior: whether the distribution is N(0, I); otherwise it has the mean and the deviation of the points.

    Returns:
        `across` (count,), from the left, and `down` (count,), from the top.
    """
    mean, deviation = projected.points.mean(dim=0), projected.points.std(dim=0, correction=0)
    if prior:
        mean, deviation = torch.zeros(2), torch.ones(2)
    across, up = (mean[i] + deviation[i] * normal_quantiles(count) for i in (0, 1))
    return across, up.flip(0)


def decode_map(
    decode: Decode, projected: Projected, codes: Tensor, through: Tensor, across: Tensor, down: Tensor
) -> Tensor:
    """Decode a grid of points on a map.

    Args:
        decode: codes (N, D) to images (N, ...).
        projected: the map of `codes`.
        codes: (N, D).
        through: a code (D,) that the plane contains; unused where the map has no axes. There, the codes nearest to
            each point are blended.
        across: (len(across),) coordinates from left to right.
        down: (len(down),) coordinates from the top.

    Returns:
        Images (len(down), len(across), ...).
    """
    if projected.axes is not None:
        return decode_plane(decode, projected.plane_origin(through), projected.axes, across, down)
    points = torch.cartesian_prod(down, across).flip(1)  # row by row
    images = decode(projected.blend(codes, points))
    return images.reshape(len(down), len(across), *images.shape[1:])
