from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecore.analysis.planes import plane
from aecore.analysis.projection import PROJECTIONS, Dimensions, PrincipalComponents, Projected, along_the_last, strip
from aecore.errors import MissingDependency

HERE = [kind for kind, projection in PROJECTIONS.items() if not projection.missing()]


def three_groups(count: int = 60, size: int = 6) -> tuple[Tensor, Tensor]:
    """Codes around three far places, and which is whose."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 3
    places = torch.randn(3, size, generator=generator) * 8
    return places[labels] + torch.randn(count, size, generator=generator), labels


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("kind", HERE)
def test_every_projection_keeps_the_contract(kind: str, axes: int) -> None:
    codes, labels = three_groups()
    told: list[float] = []
    first, again = (PROJECTIONS[kind].project(codes, axes, seed=3, progress=told.append) for _ in range(2))
    assert first.points.shape == (len(codes), axes)
    assert first.points.dtype == torch.float32
    assert bool(torch.isfinite(first.points).all())
    assert torch.equal(first.points, again.points), "the same for the same seed"
    assert all(0 <= share <= 1 for share in told)
    nearest = torch.cdist(first.points, first.points).topk(2, largest=False).indices[:, 1]
    assert float((labels[nearest] == labels).float().mean()) > 0.9, "neighbors stay together"


def test_t_sne_tells_how_far_it_is() -> None:
    told: list[float] = []
    PROJECTIONS["t-sne"].project(three_groups()[0], 2, progress=told.append)
    assert len(told) > 5
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("projection", [PrincipalComponents(), Dimensions(), Dimensions((4, 1))])
def test_a_place_on_a_map_with_axes_is_a_code(projection: PrincipalComponents | Dimensions) -> None:
    codes, _ = three_groups()
    projected = projection.project(codes, 2)
    assert projected.axes is not None
    assert torch.allclose(projected.axes @ projected.axes.T, torch.eye(2), atol=1e-5)
    origin = projected.through(codes[7])
    assert torch.allclose(origin + projected.points[7] @ projected.axes, codes[7], atol=1e-4)
    # Another place on that plane is where the map says.
    there = origin + torch.tensor([1.5, -2.0]) @ projected.axes
    assert torch.allclose(there @ projected.axes.T, torch.tensor([1.5, -2.0]), atol=1e-4)


def test_shares_of_variance() -> None:
    codes, _ = three_groups()
    shares = PrincipalComponents().project(codes, 3).shares
    assert list(shares) == sorted(shares, reverse=True)
    by_hand = torch.linalg.eigvalsh(codes.double().T.cov()).flip(0)
    assert shares == pytest.approx((by_hand / by_hand.sum())[:3].tolist(), rel=1e-4)
    assert sum(Dimensions(tuple(range(6))).project(codes, 6).shares) == pytest.approx(1)


def test_without_a_way_back_the_nearest_codes_are_blended() -> None:
    codes = torch.tensor([[0.0, 0, 1], [4, 0, 0], [0, 8, 0]])
    flat = Projected(torch.tensor([[0.0, 0], [10, 0], [0, 10]]))
    assert torch.allclose(flat.blend(codes, flat.points), codes, atol=1e-4), "on a point, its own code"
    half = flat.blend(codes, torch.tensor([[5.0, 0]]), neighbors=2)[0]
    assert torch.allclose(half, torch.tensor([2, 0, 0.5]), atol=1e-4)
    with pytest.raises(ValueError, match="no axes"):
        flat.through(codes[0])


@pytest.mark.skipif("umap" in HERE, reason="UMAP is installed here")
def test_umap_says_how_to_get_it() -> None:
    with pytest.raises(MissingDependency, match="pip install umap-learn"):
        PROJECTIONS["umap"].project(three_groups()[0], 2)


def test_codes_of_one_number_have_a_map_of_one_axis() -> None:
    for kind in ("pca", "dimensions"):
        assert PROJECTIONS[kind].project(torch.randn(20, 1), 2).points.shape == (20, 1)


def test_a_single_number_lies_on_a_strip() -> None:
    codes = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))
    found = strip(codes)
    assert torch.equal(found.points[:, :1], codes)
    assert torch.equal(found.points, strip(codes).points)
    assert torch.equal(plane(found.through(codes[3]), found.axes, codes[:4, 0], torch.zeros(2))[1, 2], codes[2])


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_codes_that_are_all_the_same_have_a_map_or_a_sentence(value: float) -> None:
    codes = torch.full((50, 6), value)
    for kind in HERE:
        if PROJECTIONS[kind].slow:
            with pytest.raises(ValueError, match="All codes of this run are the same"):
                PROJECTIONS[kind].project(codes, 2)
            continue
        projected = PROJECTIONS[kind].project(codes, 2)
        assert torch.equal(projected.points, codes[:, :2])
        assert projected.axes is not None
        assert torch.equal(projected.axes @ projected.axes.T, torch.eye(2))
        assert projected.shares == (0, 0)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("kind", ["pca", "dimensions"])
def test_fewer_codes_than_axes_still_have_them_all(kind: str, count: int) -> None:
    codes = three_groups(count)[0]
    projected = PROJECTIONS[kind].project(codes, 3)
    assert projected.points.shape == (count, 3)
    assert projected.axes is not None
    assert torch.allclose(projected.axes @ projected.axes.T, torch.eye(3), atol=1e-5)
    assert torch.allclose(projected.points, codes @ projected.axes.T, atol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_codes_through_a_training_share_one_map(size: int) -> None:
    last, _ = three_groups(size=size)
    early, broken = last * 0.1, torch.full_like(last, torch.inf)
    places = along_the_last({1: early, 20: broken, 30: last})
    assert list(places) == [1, 30], "what is not finite is left out"
    assert all(points.shape == (len(last), 2) for points in places.values())
    first = slice(0, 1 if size == 1 else 2)
    assert torch.allclose(places[1][:, first], 0.1 * places[30][:, first], atol=1e-4)
    assert along_the_last({20: broken}) == {}
