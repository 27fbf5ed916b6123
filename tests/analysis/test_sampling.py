from __future__ import annotations

import pytest
import torch
from tensors import random_codes
from torch import Tensor

from aecore.analysis.sampling import fit_gaussian_mixture, prior_statistics, sample_gaussian, sample_prior


def sample_like(codes: Tensor, components: int, count: int) -> Tensor:
    if components == 1:
        return sample_gaussian(codes, count, 0)
    return fit_gaussian_mixture(codes, components).sample(count, 0)


def test_samples_of_the_prior() -> None:
    samples = sample_prior(4000, 3, seed=1)
    assert torch.equal(samples, sample_prior(4000, 3, seed=1))
    assert not torch.equal(samples, sample_prior(4000, 3, seed=2))
    assert samples.mean(dim=0).abs().max() < 0.06
    assert (samples.std(dim=0) - 1).abs().max() < 0.06


@pytest.mark.parametrize("components", [1, 2])
def test_samples_have_the_distribution_of_the_codes(components: int) -> None:
    clusters = torch.cat([random_codes(500) * 0.2 + 3, random_codes(500, seed=1) * 0.2 - 3])
    samples, again = (sample_like(clusters, components, 2000) for _ in range(2))
    assert torch.equal(samples, again)
    assert torch.allclose(samples.mean(dim=0), clusters.mean(dim=0), atol=0.35)
    assert torch.allclose(samples.std(dim=0), clusters.std(dim=0), rtol=0.1)
    between = ((samples.mean(dim=1)).abs() < 1).float().mean()
    assert (between < 0.01) == (components == 2), "only a mixture leaves the gap between the clusters empty"
    assert (samples[:20].mean(dim=1) > 0).float().mean() not in (0, 1), "samples of the components are shuffled"


@pytest.mark.parametrize("components", [1, 3])
def test_samples_of_large_codes_have_their_means_and_variances(components: int) -> None:
    codes = random_codes(3000, 150) * torch.linspace(0.5, 2, 150) + torch.linspace(-1, 1, 150)
    samples = sample_like(codes, components, 4000)
    assert torch.allclose(samples.mean(dim=0), codes.mean(dim=0), atol=0.2)
    assert torch.allclose(samples.std(dim=0), codes.std(dim=0), rtol=0.15)


def test_gaussian_samples_have_the_covariance_of_the_codes() -> None:
    codes = random_codes(1000, 3) @ torch.tensor([[1.0, 0.9, 0], [0, 0.5, 0], [0, -0.7, 2]]) + 100
    assert torch.allclose(sample_gaussian(codes, 20_000, seed=0).T.cov(), codes.T.cov(), atol=0.15)
    assert torch.equal(sample_gaussian(codes[:1], 3, seed=0), codes[:1].expand(3, -1)), "a single code has no variance"


def test_prior_statistics() -> None:
    assert prior_statistics(sample_prior(20_000, 5, seed=0)) == pytest.approx((0, 1), abs=0.02)
    assert prior_statistics(torch.tensor([[3.0, -1], [5, -1]])) == (2.5, 0.5)
