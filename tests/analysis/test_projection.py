from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecore.analysis.planes import plane
from aecore.analysis.projection import (
    PROJECTIONS,
    DimensionsProjection,
    PCAProjection,
    Projected,
    align_to_last,
    project_1d,
)
from aecore.errors import MissingDependency

INSTALLED = [kind for kind, projection in PROJECTIONS.items() if not projection.missing()]


def three_groups(count: int = 60, size: int = 6) -> tuple[Tensor, Tensor]:
    """Codes in three distant clusters, and their labels."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 3
    centers = torch.randn(3, size, generator=generator) * 8
    return centers[labels] + torch.randn(count, size, generator=generator), labels


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("kind", INSTALLED)
def test_projection_fulfills_the_contract(kind: str, axes: int) -> None:
    codes, labels = three_groups()
    fractions: list[float] = []
    first, again = (PROJECTIONS[kind].project(codes, axes, seed=3, progress=fractions.append) for _ in range(2))
    assert first.points.shape == (len(codes), axes)
    assert first.points.dtype == torch.float32
    assert bool(torch.isfinite(first.points).all())
    assert torch.equal(first.points, again.points), "the same seed gives the same map"
    assert all(0 <= fraction <= 1 for fraction in fractions)
    nearest = torch.cdist(first.points, first.points).topk(2, largest=False).indices[:, 1]
    assert float((labels[nearest] == labels).float().mean()) > 0.9, "neighborhoods are preserved"


def test_t_sne_reports_its_progress() -> None:
    fractions: list[float] = []
    PROJECTIONS["t-sne"].project(three_groups()[0], 2, progress=fractions.append)
    assert len(fractions) > 5
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


@pytest.mark.parametrize(
    "projection",
    [PCAProjection(), DimensionsProjection(), DimensionsProjection((4, 1))],
    ids=["pca", "dimensions", "selected dimensions"],
)
def test_points_of_a_map_with_axes_are_codes(projection: PCAProjection | DimensionsProjection) -> None:
    codes, _ = three_groups()
    projected = projection.project(codes, 2)
    assert projected.axes is not None
    assert torch.allclose(projected.axes @ projected.axes.T, torch.eye(2), atol=1e-5)
    origin = projected.plane_origin(codes[7])
    assert torch.allclose(origin + projected.points[7] @ projected.axes, codes[7], atol=1e-4)
    # Any other point of that plane is projected to its own coordinates.
    other = origin + torch.tensor([1.5, -2.0]) @ projected.axes
    assert torch.allclose(other @ projected.axes.T, torch.tensor([1.5, -2.0]), atol=1e-4)


def test_explained_variance_ratio() -> None:
    codes, _ = three_groups()
    ratios = PCAProjection().project(codes, 3).explained_variance_ratio
    assert list(ratios) == sorted(ratios, reverse=True)
    eigenvalues = torch.linalg.eigvalsh(codes.double().T.cov()).flip(0)
    assert ratios == pytest.approx((eigenvalues / eigenvalues.sum())[:3].tolist(), rel=1e-4)
    assert sum(DimensionsProjection(tuple(range(6))).project(codes, 6).explained_variance_ratio) == pytest.approx(1)


def test_blends_the_nearest_codes_without_axes() -> None:
    codes = torch.tensor([[0.0, 0, 1], [4, 0, 0], [0, 8, 0]])
    projected = Projected(torch.tensor([[0.0, 0], [10, 0], [0, 10]]))
    assert torch.allclose(projected.blend(codes, projected.points), codes, atol=1e-4), "at a point, its own code"
    middle = projected.blend(codes, torch.tensor([[5.0, 0]]), neighbors=2)[0]
    assert torch.allclose(middle, torch.tensor([2, 0, 0.5]), atol=1e-4)
    with pytest.raises(ValueError, match="no axes"):
        projected.plane_origin(codes[0])


@pytest.mark.skipif("umap" in INSTALLED, reason="UMAP is installed")
def test_umap_says_how_to_install_it() -> None:
    with pytest.raises(MissingDependency, match="pip install umap-learn"):
        PROJECTIONS["umap"].project(three_groups()[0], 2)


def test_codes_of_size_1_have_a_map_of_one_axis() -> None:
    for kind in ("pca", "dimensions"):
        assert PROJECTIONS[kind].project(torch.randn(20, 1), 2).points.shape == (20, 1)


def test_codes_of_size_1_get_a_second_axis() -> None:
    codes = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))
    projected = project_1d(codes)
    assert torch.equal(projected.points[:, :1], codes)
    assert torch.equal(projected.points, project_1d(codes).points)
    assert torch.equal(
        plane(projected.plane_origin(codes[3]), projected.axes, codes[:4, 0], torch.zeros(2))[1, 2], codes[2]
    )


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_equal_codes_have_a_map_or_an_explanation(value: float) -> None:
    codes = torch.full((50, 6), value)
    for kind in INSTALLED:
        if PROJECTIONS[kind].slow:
            with pytest.raises(ValueError, match="All codes of this run are equal"):
                PROJECTIONS[kind].project(codes, 2)
            continue
        projected = PROJECTIONS[kind].project(codes, 2)
        assert torch.equal(projected.points, codes[:, :2])
        assert projected.axes is not None
        assert torch.equal(projected.axes @ projected.axes.T, torch.eye(2))
        assert projected.explained_variance_ratio == (0, 0)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("kind", ["pca", "dimensions"])
def test_fewer_codes_than_axes_have_all_axes(kind: str, count: int) -> None:
    codes = three_groups(count)[0]
    projected = PROJECTIONS[kind].project(codes, 3)
    assert projected.points.shape == (count, 3)
    assert projected.axes is not None
    assert torch.allclose(projected.axes @ projected.axes.T, torch.eye(3), atol=1e-5)
    assert torch.allclose(projected.points, codes @ projected.axes.T, atol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_codes_of_several_steps_share_one_map(size: int) -> None:
    last, _ = three_groups(size=size)
    early, diverged = last * 0.1, torch.full_like(last, torch.inf)
    points = align_to_last({1: early, 20: diverged, 30: last})
    assert list(points) == [1, 30], "steps that are not finite are left out"
    assert all(at_step.shape == (len(last), 2) for at_step in points.values())
    first = slice(0, 1 if size == 1 else 2)
    assert torch.allclose(points[1][:, first], 0.1 * points[30][:, first], atol=1e-4)
    assert align_to_last({20: diverged}) == {}


def test_blend_takes_the_nearest_points_of_a_dense_map() -> None:
    points = 50 + 1e-4 * torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    codes = torch.arange(300.0)[:, None]
    blended = Projected(points).blend(codes, points[:50], neighbors=1)
    assert blended[:, 0].tolist() == list(range(50))
