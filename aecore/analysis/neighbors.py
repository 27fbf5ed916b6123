"""Which codes lie nearest to a code."""

from __future__ import annotations

import torch
from torch import Tensor


def nearest(codes: Tensor, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` codes nearest to each query by Euclidean distance, or all there are.

    Args:
        codes: (N, *latent_shape).
        queries: (M, *latent_shape).
        count: how many to find for each.

    Returns:
        Indices (M, count) and distances (M, count), the nearest first.
    """
    distances = torch.cdist(queries.flatten(1).float(), codes.flatten(1).float())  # (M, N)
    found = distances.topk(min(count, len(codes)), largest=False)
    return found.indices, found.values


def nearest_pictures(pictures: Tensor, queries: Tensor, batch: int = 8192) -> Tensor:
    """Which of the pictures (N, C, H, W) uint8 is nearest to each query (M, C, H, W) by its pixels: indices (M,)."""
    wanted = queries.flatten(1).float()
    best, found = torch.full((len(wanted),), torch.inf), torch.zeros(len(wanted), dtype=torch.long)
    for begin in range(0, len(pictures), batch):
        distances = torch.cdist(wanted, pictures[begin : begin + batch].flatten(1).float()).min(dim=1)
        better = distances.values < best
        best[better], found[better] = distances.values[better], begin + distances.indices[better]
    return found


def share_below(errors: Tensor, error: float) -> float:
    """The share of errors (N,) that are lower than one error, from 0 to 1."""
    return float((errors < error).float().mean())
