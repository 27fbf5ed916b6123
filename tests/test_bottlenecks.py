from __future__ import annotations

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aecore.bottlenecks import Bottleneck, Sigmoid, Variational
from aecore.networks.dense import Dense


def test_kl_is_the_one_of_torch_distributions() -> None:
    torch.manual_seed(0)
    module = Variational(latent=5).build((32,), Dense())
    features = 3 * torch.randn(7, 32)
    code = module.encode(features, False, None)
    mean, log_variance = module.to_code(features).chunk(2, dim=1)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(dim=1).mean()
    assert code.penalties["kl"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.equal(code.z, mean)


def test_kl_of_the_prior_is_zero() -> None:
    module = Variational(latent=5).build((32,), Dense())
    for weight in module.to_code.parameters():
        torch.nn.init.zeros_(weight)
    assert module.encode(torch.randn(7, 32), False, None).penalties["kl"].item() == 0


def test_draws_have_the_code_s_mean_and_variance() -> None:
    torch.manual_seed(0)
    module = Variational(latent=2).build((8,), Dense())
    features = torch.randn(1, 8)
    mean, log_variance = module.to_code(features).chunk(2, dim=1)
    generator = torch.Generator().manual_seed(1)
    draws = module.encode(features.expand(20_000, 8), True, generator).z
    assert torch.allclose(draws.mean(dim=0), mean[0], atol=0.05)
    assert torch.allclose(draws.var(dim=0), log_variance[0].exp(), rtol=0.05)


def test_a_generator_decides_the_draw() -> None:
    module = Variational(latent=2).build((8,), Dense())
    features = torch.randn(3, 8)
    first, again, other = (module.encode(features, True, torch.Generator().manual_seed(seed)).z for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_beta_weighs_the_kl() -> None:
    assert Variational(beta=4.0).weights() == {"kl": 4.0}


def test_sigmoid_code_lies_between_0_and_1() -> None:
    z = Sigmoid(latent=6).build((32,), Dense()).encode(10 * torch.randn(50, 32), True, None).z
    assert z.min() >= 0
    assert z.max() <= 1


def test_stochastic_codes_are_means_when_not_sampled(bottleneck_class: type[Bottleneck]) -> None:
    module = bottleneck_class().build((32,), Dense())
    features = torch.randn(4, 32)
    assert torch.equal(module.encode(features, False, None).z, module.encode(features, False, None).z)
