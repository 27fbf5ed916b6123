from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck, BottleneckModule
from aecore.models.bottlenecks.projections import ReLU, Sigmoid
from aecore.models.bottlenecks.variational import Variational, total_correlation
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense


def test_kl_matches_torch_distributions() -> None:
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


def test_samples_have_the_mean_and_variance_of_the_code() -> None:
    torch.manual_seed(0)
    module = Variational(latent=2).build((8,), Dense())
    features = torch.randn(1, 8)
    mean, log_variance = module.to_code(features).chunk(2, dim=1)
    generator = torch.Generator().manual_seed(1)
    samples = module.encode(features.expand(20_000, 8), True, generator).z
    assert torch.allclose(samples.mean(dim=0), mean[0], atol=0.05)
    assert torch.allclose(samples.var(dim=0), log_variance[0].exp(), rtol=0.05)


def test_generator_determines_the_sample() -> None:
    module = Variational(latent=2).build((8,), Dense())
    features = torch.randn(3, 8)
    first, again, other = (module.encode(features, True, torch.Generator().manual_seed(seed)).z for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_beta_is_the_weight_of_the_kl() -> None:
    assert Variational(beta=4.0).weights() == {"kl": 4.0}


@pytest.mark.parametrize(("bits", "width"), [(0, 0.0), (1, 0.5), (3, 0.125)])
def test_noise_is_as_wide_as_a_bin(bits: int, width: float) -> None:
    module = Sigmoid(latent=50, noise_bits=bits).build((32,), Dense())
    features = torch.randn(100, 32)
    mean = module.encode(features, False, None).z.detach()
    first, again = (module.encode(features, True, torch.Generator().manual_seed(1)).z.detach() for _ in range(2))
    assert torch.equal(first, again)
    noise = first - mean
    assert float(noise.abs().max()) <= width / 2 + 1e-6
    assert float(noise.std(correction=0)) == pytest.approx(width / math.sqrt(12), rel=0.05)


def test_sigmoid_code_lies_between_0_and_1() -> None:
    z = Sigmoid(latent=6).build((32,), Dense()).encode(10 * torch.randn(50, 32), True, None).z
    assert z.min() >= 0
    assert z.max() <= 1


@pytest.mark.parametrize(
    ("warmup", "epoch", "weight"), [(0, 0, 4.0), (4, 0, 0.0), (4, 1, 1.0), (4, 4, 4.0), (4, 100, 4.0)]
)
def test_beta_warms_up(warmup: float, epoch: float, weight: float) -> None:
    assert Variational(beta=4.0, beta_warmup=warmup).weights(epoch) == {"kl": weight}
    assert Variational(beta=4.0, beta_warmup=warmup).weights() == {"kl": 4.0}


def test_free_bits_are_not_penalized_but_reported() -> None:
    torch.manual_seed(0)
    penalized, free = (Variational(latent=5, free_bits=bits).build((32,), Dense()) for bits in (0.0, 0.5))
    free.load_state_dict(penalized.state_dict())
    features = torch.randn(7, 32)
    kl = penalized.encode(features, False, None).penalties["kl"]
    code = free.encode(features, False, None)
    assert code.penalties["kl"] >= 5 * 0.5
    assert code.metrics["kl_with_free"].item() == pytest.approx(kl.item())
    # A latent dimension below its free nats has no gradient.
    for weight in free.to_code.parameters():
        torch.nn.init.zeros_(weight)
    free.encode(features, False, None).penalties["kl"].backward()
    assert not free.to_code.weight.grad.any()


@pytest.mark.parametrize(
    ("means", "nats"),
    [
        ([(0, 0), (1, 1)], math.log(2)),  # each dimension tells the other
        ([(0, 0), (0, 1), (1, 0), (1, 1)], 0),  # independent
        ([(0, 0, 0), (1, 1, 1)], 2 * math.log(2)),
        ([(3, 5)], 0),  # a single image shows no dependence
    ],
)
def test_total_correlation_of_worked_cases(means: list[tuple[float, ...]], nats: float) -> None:
    mean = torch.tensor(means, dtype=torch.float32)
    for deviation in (0.01, 0.05):  # far below the distance of the means
        log_variance = torch.full_like(mean, 2 * math.log(deviation))
        assert total_correlation(mean, mean, log_variance).item() == pytest.approx(nats, abs=1e-4)


def test_total_correlation_is_a_penalty_of_its_own() -> None:
    plain, dependent = (Variational(latent=3, total_correlation=weight) for weight in (0.0, 5.0))
    assert dependent.weights() == {"kl": 1.0, "total_correlation": 5.0}
    torch.manual_seed(0)
    module = dependent.build((32,), Dense())
    features = torch.randn(50, 32)
    code = module.encode(features, True, None)
    code.penalties["total_correlation"].backward()
    assert module.to_code.weight.grad.any()
    assert plain.build((32,), Dense()).encode(features, True, None).penalties.keys() == {"kl"}


def test_counts_unused_latent_dimensions() -> None:
    module = Variational(latent=5).build((32,), Dense())
    for weight in module.to_code.parameters():
        torch.nn.init.zeros_(weight)
    with torch.no_grad():
        module.to_code.bias[0] = 1.0  # the first mean is 1: half a nat
    assert module.encode(torch.randn(7, 32), False, None).metrics["unused"] == 4


def test_relu_code_is_never_negative() -> None:
    z = ReLU(latent=6).build((32,), Dense()).encode(10 * torch.randn(50, 32), True, None).z
    assert z.min() == 0


@pytest.fixture
def codebook() -> BottleneckModule:
    torch.manual_seed(0)
    return VectorQuantized(codebook_size=8, codebook_dim=4).build((6, 3, 3), Conv())


def test_quantized_code_consists_of_codebook_entries(codebook: BottleneckModule) -> None:
    codebook.train().encode(torch.randn(20, 6, 3, 3), True, None)
    with torch.no_grad():
        z = codebook.eval().encode(torch.randn(5, 6, 3, 3), False, None).z  # (5, 4, 3, 3)
    rows = z.movedim(1, -1).flatten(0, -2)
    assert (rows[:, None] == codebook.codebook[None]).all(dim=2).any(dim=1).all()


def test_each_position_takes_its_nearest_entry(codebook: BottleneckModule) -> None:
    codebook.eval()
    features = torch.randn(5, 6, 3, 3)
    with torch.no_grad():
        rows = codebook.to_code(features).movedim(1, -1).flatten(0, -2)  # (45, 4)
        z = codebook.encode(features, False, None).z.movedim(1, -1).flatten(0, -2)
    nearest = (rows[:, None] - codebook.codebook[None]).square().sum(dim=2).min(dim=1).values
    assert torch.allclose((rows - z).square().sum(dim=1), nearest, atol=1e-5)


@pytest.mark.parametrize(("offset", "spread"), [(0.0, 1.0), (10.0, 0.1), (10.0, 1e-2), (1000.0, 1.0)])
def test_finds_the_nearest_entry_far_from_the_origin(offset: float, spread: float) -> None:
    codebook = VectorQuantized(codebook_size=64, codebook_dim=16).build((6, 7, 7), Conv())
    generator = torch.Generator().manual_seed(0)
    codebook.codebook.copy_(offset + spread * torch.randn(64, 16, generator=generator))
    z = offset + spread * torch.randn(10, 16, 7, 7, generator=generator)
    differences = z.double().movedim(1, -1)[..., None, :] - codebook.codebook.double()  # (10, 7, 7, 64, 16)
    assert torch.equal(codebook.quantize(z), differences.norm(dim=-1).argmin(dim=-1))


def test_gradient_is_straight_through(codebook: BottleneckModule) -> None:
    codebook.eval()
    features = torch.randn(5, 6, 3, 3)
    to_z = torch.randn(5, 4, 3, 3)
    (codebook.encode(features, False, None).z * to_z).sum().backward()
    through = codebook.to_code.weight.grad.clone()
    codebook.zero_grad()
    (codebook.to_code(features) * to_z).sum().backward()
    assert torch.allclose(through, codebook.to_code.weight.grad)


def test_commitment_is_the_squared_distance_to_the_entries(codebook: BottleneckModule) -> None:
    codebook.eval()
    features = torch.randn(5, 6, 3, 3)
    code = codebook.encode(features, False, None)
    expected = (codebook.to_code(features) - code.z).square().sum() / 5
    assert code.penalties["commitment"].item() == pytest.approx(expected.item(), rel=1e-4)


def test_entries_converge_to_the_mean_of_their_features(codebook: BottleneckModule) -> None:
    codebook.train()
    features = torch.randn(20, 6, 3, 3)
    for _ in range(400):
        code = codebook.encode(features, True, None)
    with torch.no_grad():
        rows = codebook.to_code(features).movedim(1, -1).flatten(0, -2)
    nearest = torch.cdist(rows, codebook.codebook).argmin(dim=1)
    for entry in range(8):  # the fixed point of k-means
        assert torch.allclose(codebook.codebook[entry], rows[nearest == entry].mean(dim=0), atol=0.1)
    assert code.metrics["entries_used"] == 8
    assert 1 < code.metrics["perplexity"] <= 8


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e25])
def test_a_codebook_of_features_that_overflow_has_no_finite_loss(codebook: BottleneckModule, value: float) -> None:
    code = codebook.train().encode(torch.randn(20, 6, 3, 3) * value, True, None)
    assert not code.penalties["commitment"].isfinite()


@pytest.mark.parametrize("reset", [True, False])
def test_resets_dead_entries_if_enabled(reset: bool) -> None:
    torch.manual_seed(0)
    module = (
        VectorQuantized(codebook_size=8, codebook_dim=4, reset_dead_codes=reset, decay=0.5)
        .build((6, 3, 3), Conv())
        .train()
    )
    features = torch.randn(20, 6, 3, 3)
    module.encode(features, True, None)
    module.codebook[3] = module.sums[3] = 1000.0  # far from all features
    for _ in range(40):
        code = module.encode(features, True, None)
    assert code.metrics["entries_used"] == (8 if reset else 7)


def test_initial_entries_are_far_apart() -> None:
    """D^2 sampling finds a small distant cluster almost always; uniform sampling finds it once in fifty times."""
    torch.manual_seed(0)
    found = 0
    for _ in range(20):
        module = VectorQuantized(codebook_size=2, codebook_dim=4).build((4, 1, 1), Conv()).train()
        with torch.no_grad():
            module.to_code.weight.copy_(torch.eye(4)[..., None, None])
            module.to_code.bias.zero_()
        features = 0.01 * torch.randn(200, 4, 1, 1)
        features[:2] += 10
        code = module.encode(features, True, None)
        found += bool((code.z[:2] > 5).all())
    assert found >= 18


def test_quantization_rejects_vectors() -> None:
    with pytest.raises(IncompatibleSettings, match="choose a convolutional"):
        VectorQuantized().check((32,))


def test_codes_are_deterministic_without_sampling(bottleneck_class: type[Bottleneck]) -> None:
    shape = (32, 4, 4)
    module = bottleneck_class().build(shape, Conv()).eval()
    features = torch.randn(4, *shape)
    assert torch.equal(module.encode(features, False, None).z, module.encode(features, False, None).z)
