"""Nearest neighbors of codes and of images."""

from __future__ import annotations

import torch
from torch import Tensor


def exact_distances(a: Tensor, b: Tensor) -> Tensor:
    """Compute the Euclidean distances (M, N) of points a (M, D) and b (N, D).

    Without the matrix product that torch takes for many points: it cancels digits where points lie close together.
    """
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def centered_distances(a: Tensor, b: Tensor) -> Tensor:
    """Compute the Euclidean distances (M, N) of points a (M, D) and b (N, D), as losses need them in each step.

    By torch's matrix product, which is the fastest way for many points, around the mean of b: far from the origin it
    would cancel all digits.
    """
    center = b.detach().mean(dim=0)
    return torch.cdist(a - center, b - center)


def nearest(codes: Tensor, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Find the codes nearest to each query by Euclidean distance.

    Args:
        codes: (N, *latent_shape).
        queries: (M, *latent_shape).
        count: number of neighbors per query, at most N.

    Returns:
        Indices (M, count) and distances (M, count), nearest first.
    """
    distances = exact_distances(queries.flatten(1).float(), codes.flatten(1).float())  # (M, N)
    found = distances.topk(min(count, len(codes)), largest=False)
    return found.indices, found.values


def nearest_images(images: Tensor, queries: Tensor, batch_size: int = 8192) -> Tensor:
    """Find the image nearest to each query by Euclidean distance of pixels.

    Args:
        images: (N, C, H, W) uint8.
        queries: (M, C, H, W) uint8.
        batch_size: number of images compared at a time.

    Returns:
        Indices (M,).
    """
    flat = queries.flatten(1).float()
    best, found = torch.full((len(flat),), torch.inf), torch.zeros(len(flat), dtype=torch.long)
    for start in range(0, len(images), batch_size):
        distances = exact_distances(flat, images[start : start + batch_size].flatten(1).float()).min(dim=1)
        better = distances.values < best
        best[better], found[better] = distances.values[better], start + distances.indices[better]
    return found


def fraction_below(errors: Tensor, error: float) -> float:
    """Compute the fraction of errors (N,) that are lower than one error, from 0 to 1."""
    return float((errors < error).float().mean())
