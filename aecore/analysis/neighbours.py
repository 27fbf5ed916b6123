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


def share_below(errors: Tensor, error: float) -> float:
    """The share of errors (N,) that are lower than one error, from 0 to 1."""
    return float((errors < error).float().mean())
