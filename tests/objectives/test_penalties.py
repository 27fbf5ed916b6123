from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.distributions import Bernoulli, kl_divergence

from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear, Sigmoid
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.objectives.penalties import (
    L1,
    MMD,
    Contractive,
    KLSparsity,
    NoPenalty,
    Penalty,
    sparsity_divergence,
    squared_jacobian,
    squared_mmd,
)
from aecore.options.registry import options_by_kind

ALL = list(options_by_kind(Penalty).values())
each = pytest.mark.parametrize("option", ALL, ids=lambda option: option.__name__)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def encoder() -> nn.Module:
    """A nonlinear encoder from images (2, 3, 2) to 5 latent dimensions in [0, 1]."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 5), nn.Sigmoid())


@pytest.fixture
def x() -> Tensor:
    return torch.rand(6, 2, 3, 2, generator=generator()).requires_grad_()


# -- the contract of all


@each
def test_terms_are_finite_weighted_scalars_with_gradients(option: type[Penalty], encoder: nn.Module, x: Tensor) -> None:
    penalty = option()
    terms = penalty.measure(x, encoder(x), generator())
    assert terms.keys() == penalty.weights().keys()
    assert bool(terms) == (option is not NoPenalty)
    for value in terms.values():
        assert value.shape == ()
        assert value.isfinite()
        gradients = torch.autograd.grad(value, list(encoder.parameters()), materialize_grads=True)
        assert all(gradient.isfinite().all() for gradient in gradients)
        assert gradients[0].any(), "the first layer receives a gradient"


@each
def test_generator_determines_the_value(option: type[Penalty], encoder: nn.Module, x: Tensor) -> None:
    first, again = (option().measure(x, encoder(x), generator(4)) for _ in range(2))
    assert first == again


@each
def test_only_differentiating_penalties_need_the_input_gradient(
    option: type[Penalty], encoder: nn.Module, x: Tensor
) -> None:
    if not option.differentiates:
        with torch.no_grad():
            option().measure(x.detach(), encoder(x), generator())


@each
def test_accepts_one_image_and_feature_maps(option: type[Penalty], x: Tensor) -> None:
    for z in (x[:1].sigmoid(), x.sigmoid()):
        for value in option().measure(x, z, generator()).values():
            assert value.isfinite()


@each
def test_is_computed_in_full_precision(option: type[Penalty], encoder: nn.Module, x: Tensor) -> None:
    z = encoder(x)
    with torch.autocast("cpu", torch.bfloat16):
        low = option().measure(x, z, generator())
    assert low == option().measure(x, z, generator())


@pytest.mark.parametrize(
    ("penalty", "bottleneck", "message"),
    [
        (NoPenalty(), VectorQuantized(), None),
        (L1(), Linear(), None),
        (L1(), VectorQuantized(), "another bottleneck"),
        (KLSparsity(), Sigmoid(), None),
        (KLSparsity(), Linear(), "choose the sigmoid bottleneck"),
        (KLSparsity(), Variational(), "choose the sigmoid bottleneck"),
        (KLSparsity(), VectorQuantized(), "another bottleneck"),
        (Contractive(), Sigmoid(), None),
        (Contractive(), VectorQuantized(), "another bottleneck"),
        (MMD(), Linear(), None),
        (MMD(), VectorQuantized(), "another bottleneck"),
    ],
)
def test_rejects_incompatible_bottlenecks(penalty: Penalty, bottleneck: Bottleneck, message: str | None) -> None:
    if message is None:
        penalty.check(bottleneck)
    else:
        with pytest.raises(IncompatibleSettings, match=message):
            penalty.check(bottleneck)


# -- the formulas


def test_l1_value() -> None:
    z = torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    assert L1(weight=0.3).weights() == {"l1": 0.3}
    assert L1().measure(z, z, None)["l1"].item() == pytest.approx((3 + 0.5) / 2)


@pytest.mark.parametrize("target", [0.05, 0.5, 0.9])
def test_sparsity_is_zero_at_the_target_only(target: float) -> None:
    off = torch.full((3,), min(target, 1 - target))
    z = torch.stack([target - off, target + off])  # (2, 3): on target on average only
    assert sparsity_divergence(z, target).item() == pytest.approx(0, abs=1e-6)
    assert sparsity_divergence(z * 0.9, target).item() > 1e-4


def test_sparsity_matches_torch_distributions() -> None:
    z = torch.rand(20, 7, generator=generator())
    expected = kl_divergence(Bernoulli(torch.tensor(0.05)), Bernoulli(z.mean(dim=0))).sum()
    assert sparsity_divergence(z, 0.05).item() == pytest.approx(expected.item(), rel=1e-5)


def test_sparsity_is_finite_for_constant_activations() -> None:
    z = torch.tensor([[0.0, 1.0], [0.0, 1.0]], requires_grad=True)
    value = sparsity_divergence(z, 0.05)
    assert value.isfinite()
    assert torch.autograd.grad(value, z)[0].isfinite().all()


def exact_norms(encoder: nn.Module, x: Tensor) -> Tensor:
    """||dz/dx||^2 of each image (B,), from torch.autograd.functional.jacobian."""
    jacobians = [jacobian(lambda image: encoder(image[None])[0], image) for image in x.detach()]
    return torch.stack([j.square().sum() for j in jacobians])


@pytest.mark.parametrize("probes", [5, 8])
def test_as_many_probes_as_dimensions_are_exact(encoder: nn.Module, x: Tensor, probes: int) -> None:
    norms = squared_jacobian(x, encoder(x), probes, None)
    assert torch.allclose(norms, exact_norms(encoder, x), rtol=1e-4)


def test_few_probes_are_unbiased(encoder: nn.Module, x: Tensor) -> None:
    source, z = generator(), encoder(x)
    estimates = torch.stack([squared_jacobian(x, z, 2, source).detach() for _ in range(1500)])  # (1500, B)
    assert torch.allclose(estimates.mean(dim=0), exact_norms(encoder, x), rtol=0.05)
    assert (estimates.std(dim=0) > 0).all()


def test_more_probes_reduce_the_variance(encoder: nn.Module, x: Tensor) -> None:
    source, z = generator(), encoder(x)
    few, many = (
        torch.stack([squared_jacobian(x, z, probes, source).detach() for _ in range(300)]).std(dim=0).mean()
        for probes in (1, 4)
    )
    assert many.item() == pytest.approx(few.item() / 2, rel=0.15)


def test_contractive_gradient_matches_finite_differences(encoder: nn.Module, x: Tensor) -> None:
    weight = encoder[1].weight
    value = Contractive(probes=5).measure(x, encoder(x), None)["contractive"]
    (gradient,) = torch.autograd.grad(value, weight)
    with torch.no_grad():
        weight[2, 3] += 1e-2
        higher = exact_norms(encoder, x).mean()
        weight[2, 3] -= 2e-2
        lower = exact_norms(encoder, x).mean()
    assert gradient[2, 3].item() == pytest.approx((higher - lower).item() / 2e-2, rel=0.02)


def normal(seed: int, count: int = 500, size: int = 4) -> Tensor:
    return torch.randn(count, size, generator=generator(seed))


def test_mmd_of_the_same_distribution_is_zero_on_average() -> None:
    values = torch.stack([squared_mmd(normal(2 * seed, 100), normal(2 * seed + 1, 100)) for seed in range(200)])
    assert abs(values.mean().item()) < 3 * values.std().item() / 200**0.5
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize(
    "other",
    [normal(1) + 1, normal(1) * 2, normal(1) / 3, normal(1).sign()],
    ids=["shifted", "wider", "narrower", "signs"],
)
def test_mmd_of_other_distributions_is_larger(other: Tensor) -> None:
    same = max(abs(squared_mmd(normal(2 * seed), normal(2 * seed + 1)).item()) for seed in range(10))
    assert squared_mmd(other, normal(0)).item() > 3 * same


def test_mmd_value() -> None:
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])

    def kernel(distance: float) -> float:
        return sum(2 * s / (2 * s + distance**2) for s in (0.1, 0.2, 0.5, 1, 2, 5, 10))

    cross = (kernel(0) + kernel(2) + kernel(1) + kernel(1)) / 4
    assert squared_mmd(a, b).item() == pytest.approx(kernel(1) + kernel(2) - 2 * cross, rel=1e-5)


@pytest.mark.parametrize("offset", [1.0, 30.0, 1000.0])
def test_mmd_is_exact_far_from_the_origin(offset: float) -> None:
    a, b = offset + normal(0) / 100, normal(1)
    assert squared_mmd(a, b).item() == pytest.approx(squared_mmd(a.double(), b.double()).item(), rel=1e-4)


@pytest.mark.parametrize(("rows", "others"), [(1, 1), (1, 10), (10, 1), (0, 10)])
def test_mmd_of_a_single_code_is_zero(rows: int, others: int) -> None:
    assert squared_mmd(normal(0, rows), normal(1, others)).item() == 0


def test_minimizing_mmd_gives_a_standard_normal() -> None:
    mean, std = torch.full((2,), 2.0, requires_grad=True), torch.full((2,), 0.2, requires_grad=True)
    optimizer, source = torch.optim.Adam([mean, std], 0.05), generator()
    for _ in range(200):
        z = mean + std * torch.randn(200, 2, generator=source)
        optimizer.zero_grad()
        MMD().measure(z, z, source)["mmd"].backward()
        optimizer.step()
    assert torch.allclose(mean, torch.zeros(2), atol=0.15)
    assert torch.allclose(std.abs(), torch.ones(2), atol=0.15)


def test_mmd_compares_at_most_a_thousand_codes() -> None:
    z = normal(0, 3000)
    assert MMD().measure(z, z, generator()) == MMD().measure(z[:1000], z[:1000], generator())


@pytest.mark.parametrize("target", [0.05, 0.999, 1 - 1e-9, 1 - 2**-53, 1e-9, 1e-40, 5e-324])
def test_kl_sparsity_works_with_every_target_between_0_and_1(target: float) -> None:
    """Also with targets that float32 rounds to 0 or 1."""
    z = torch.tensor([[0.2, 0.9], [0.4, 0.7]], requires_grad=True)
    divergence = sparsity_divergence(z, KLSparsity(target=target).target)
    divergence.backward()
    active = [0.3, 0.8]
    expected = [target * math.log(target / a) + (1 - target) * math.log((1 - target) / (1 - a)) for a in active]
    assert divergence.item() == pytest.approx(sum(expected), rel=1e-4)
    slopes = [(a - target) / (a * (1 - a)) / len(z) for a in active]
    assert z.grad is not None
    assert z.grad.flatten().tolist() == pytest.approx(2 * slopes, rel=1e-4)
