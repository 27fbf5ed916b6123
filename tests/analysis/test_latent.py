from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from aecore.analysis.latent import (
    against_prior,
    difference_of_means,
    fit_mixture,
    interpolate,
    sample_gaussian,
    sample_prior,
    traverse,
)  # fmt: skip


def codes(count: int, size: int = 5, seed: int = 0) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("spherical", [False, True])
@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (codes(2)[0], codes(2)[1]),
        (torch.ones(3), -torch.ones(3)),
        (torch.zeros(3), torch.ones(3)),
        (torch.ones(3), torch.ones(3)),
        (torch.zeros(1), torch.ones(1)),
    ],
)
def test_an_interpolation_ends_at_its_inputs(start: Tensor, end: Tensor, count: int, spherical: bool) -> None:
    way = interpolate(start, end, count, spherical)
    assert way.shape == (count, len(start))
    assert torch.equal(way[0], start)
    assert torch.equal(way[-1], end)
    assert bool(torch.isfinite(way).all())


def test_a_straight_line_is_even_and_an_arc_keeps_its_norm_and_pace() -> None:
    start, end = codes(2)
    end = end / end.norm() * start.norm()
    line, arc = (interpolate(start, end, 7, spherical) for spherical in (False, True))
    assert torch.allclose(line[3], (start + end) / 2)
    assert torch.allclose(arc.norm(dim=1), start.norm().expand(7), atol=1e-5)
    assert line[3].norm() < arc[3].norm() - 0.1
    turns = torch.nn.functional.cosine_similarity(arc[1:], arc[:-1])
    assert torch.allclose(turns, turns[:1].expand(6), atol=1e-5)
    quarter = interpolate(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0]), 3, spherical=True)
    assert torch.allclose(quarter[1], torch.tensor([1.0, 1.0]) * 2 / math.sqrt(2)), "its length goes from 1 to 3"


def test_too_few_steps_are_told() -> None:
    with pytest.raises(ValueError, match="count of 1"):
        interpolate(torch.zeros(2), torch.ones(2), 1)


def test_a_traversal_moves_one_dimension_by_its_spread() -> None:
    code, spreads = codes(1)[0], torch.tensor([1.0, 2.0, 0.0, 0.5, 3.0])
    walks = traverse(code, spreads, torch.tensor([4, 1]), count=7, reach=3)
    assert walks.shape == (2, 7, 5)
    moved = walks - code
    assert torch.allclose(moved[0, :, 4], torch.tensor([-9.0, -6, -3, 0, 3, 6, 9]))
    assert torch.allclose(moved[1, :, 1], torch.tensor([-6.0, -4, -2, 0, 2, 4, 6]))
    assert torch.count_nonzero(moved) == 12, "nothing else moves"


def test_samples_of_the_prior() -> None:
    drawn = sample_prior(4000, 3, seed=1)
    assert torch.equal(drawn, sample_prior(4000, 3, seed=1))
    assert not torch.equal(drawn, sample_prior(4000, 3, seed=2))
    assert drawn.mean(dim=0).abs().max() < 0.06
    assert (drawn.std(dim=0) - 1).abs().max() < 0.06


@pytest.mark.parametrize("components", [1, 2])
def test_samples_are_like_the_codes(components: int) -> None:
    two = torch.cat([codes(500) * 0.2 + 3, codes(500, seed=1) * 0.2 - 3])
    drawn, again = (drawn_from(two, components, 2000) for _ in range(2))
    assert torch.equal(drawn, again)
    assert torch.allclose(drawn.mean(dim=0), two.mean(dim=0), atol=0.35)
    assert torch.allclose(drawn.std(dim=0), two.std(dim=0), rtol=0.1)
    between = ((drawn.mean(dim=1)).abs() < 1).float().mean()
    assert (between < 0.01) == (components == 2), "only a mixture leaves the gap between the two empty"
    assert (drawn[:20].mean(dim=1) > 0).float().mean() not in (0, 1), "the components are mixed"


@pytest.mark.parametrize("components", [1, 3])
def test_gaussians_of_many_numbers_have_the_codes_means_and_variances(components: int) -> None:
    wide = codes(3000, 150) * torch.linspace(0.5, 2, 150) + torch.linspace(-1, 1, 150)
    drawn = drawn_from(wide, components, 4000)
    assert torch.allclose(drawn.mean(dim=0), wide.mean(dim=0), atol=0.2)
    assert torch.allclose(drawn.std(dim=0), wide.std(dim=0), rtol=0.15)


def test_one_gaussian_has_the_codes_covariance() -> None:
    related = codes(1000, 3) @ torch.tensor([[1.0, 0.9, 0], [0, 0.5, 0], [0, -0.7, 2]]) + 100
    assert torch.allclose(sample_gaussian(related, 20_000, seed=0).T.cov(), related.T.cov(), atol=0.15)
    assert torch.equal(sample_gaussian(related[:1], 3, seed=0), related[:1].expand(3, -1)), "of one code, that code"


def drawn_from(known: Tensor, components: int, count: int) -> Tensor:
    return sample_gaussian(known, count, 0) if components == 1 else fit_mixture(known, components).sample(count, 0)


def test_how_codes_lie_against_the_prior() -> None:
    assert against_prior(sample_prior(20_000, 5, seed=0)) == pytest.approx((0, 1), abs=0.02)
    assert against_prior(torch.tensor([[3.0, -1], [5, -1]])) == (2.5, 0.5)


def test_arithmetic_of_classes() -> None:
    z, labels = torch.tensor([[1.0, 0], [3, 0], [0, 5]]), torch.tensor([7, 7, 1])
    assert difference_of_means(z, labels, [7], [1]).tolist() == [2, -5]
    with pytest.raises(ValueError, match=r"no code of class \[4\]"):
        difference_of_means(z, labels, [4], [1])
