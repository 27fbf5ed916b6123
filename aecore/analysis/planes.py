"""Planes through a latent space: places all over a map, and what they decode to.

A place on a map is two numbers, across (to the right) and down (from the top); see `latent` for codes and `Decode`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.analysis.latent import Decode
from aecore.analysis.projection import Projected


def plane(origin: Tensor, axes: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Codes on a plane through `origin` (D,) along `axes` (2, D): (len(down), len(across), D)."""
    return origin + across[None, :, None] * axes[0] + down[:, None, None] * axes[1]


def decode_plane(decode: Decode, origin: Tensor, axes: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """The pictures decoded on a plane, (len(down), len(across), ...); arguments as for `plane`."""
    pictures = decode(plane(origin, axes, across, down).flatten(0, 1))
    return pictures.reshape(len(down), len(across), *pictures.shape[1:])


def quantiles(count: int) -> Tensor:
    """Values (count,) that part a standard normal distribution into equal shares.

    As on the manifold of Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix A.
    """
    values: Tensor = torch.special.ndtri((torch.arange(count, dtype=torch.float64) + 0.5) / count)
    return values.float()


def all_over(projected: Projected, count: int, margin: float) -> tuple[Tensor, Tensor]:
    """Even places over a map of two axes: count across, from the left, and count down, from the top.

    They reach beyond the outermost points by `margin` of the map's width and height.
    """
    low, high = projected.points.min(dim=0).values, projected.points.max(dim=0).values
    room = margin * (high - low).clamp(min=1e-6)
    across, up = (torch.linspace(float((low - room)[i]), float((high + room)[i]), count) for i in (0, 1))
    return across, up.flip(0)


def equal_shares(projected: Projected, count: int, prior: bool) -> tuple[Tensor, Tensor]:
    """Places over a map of two axes that part a normal distribution: count across, and count down, from the top.

    The distribution is N(0, I), the `prior`, or as wide as the points along each axis.
    """
    middle, spread = projected.points.mean(dim=0), projected.points.std(dim=0, correction=0)
    if prior:
        middle, spread = torch.zeros(2), torch.ones(2)
    across, up = (middle[i] + spread[i] * quantiles(count) for i in (0, 1))
    return across, up.flip(0)


def decode_map(
    decode: Decode, projected: Projected, codes: Tensor, through: Tensor, across: Tensor, down: Tensor
) -> Tensor:
    """The pictures (len(down), len(across), ...) at places of a map of codes (N, D).

    They are decoded on the plane through a code (D,); on a map without a way back, of the nearest codes blended.
    """
    if projected.axes is not None:
        return decode_plane(decode, projected.through(through), projected.axes, across, down)
    places = torch.cartesian_prod(down, across).flip(1)  # row by row
    pictures = decode(projected.blend(codes, places))
    return pictures.reshape(len(down), len(across), *pictures.shape[1:])
