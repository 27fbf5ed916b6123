"""A flat map of codes of any size: their latent dimensions if there are one or two, otherwise PCA."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from aecore.analysis.projection import PROJECTIONS, DimensionsProjection, project_1d


@dataclass(frozen=True)
class FlatMap:
    """Codes on a map."""

    points: Tensor  # (N, 2) in [0, 1]
    title: str  # what the axes are


def flat_map(codes: Tensor) -> FlatMap:
    """Place codes (N, D) on a map with two axes, each scaled to [0, 1]."""
    size = codes.shape[1]
    if size == 1:
        return FlatMap(_scaled(project_1d(codes).points), "the only latent dimension, from left to right")
    if size == 2:
        return FlatMap(_scaled(DimensionsProjection((0, 1)).project(codes, 2).points), "both latent dimensions")
    projected = PROJECTIONS["pca"].project(codes, 2)
    share = sum(projected.explained_variance_ratio)
    return FlatMap(_scaled(projected.points), f"PCA of {size:,} dimensions, {share:.0%} of the variance")


def _scaled(points: Tensor) -> Tensor:
    low, high = points.amin(dim=0), points.amax(dim=0)
    return (points - low) / (high - low).clamp(min=1e-12)
