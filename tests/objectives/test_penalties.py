from __future__ import annotations

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
    mmd,
    sparsity_divergence,
    squared_jacobian,
)
from aecore.options.registry import options_by_kind

ALL = list(options_by_kind(Penalty).values())
every = pytest.mark.parametrize("option", ALL, ids=lambda option: option.__name__)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def encoder() -> nn.Module:
    """Pictures of 2 x 3 x 2 numbers to codes of 5 between 0 and 1, not linear."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 5), nn.Sigmoid())


@pytest.fixture
def x() -> Tensor:
    return torch.rand(6, 2, 3, 2, generator=source()).requires_grad_()


# -- the contract of all


@every
def test_parts_are_finite_weighted_scalars_and_move_every_weight(
    option: type[Penalty], encoder: nn.Module, x: Tensor
) -> None:
    penalty = option()
    parts = penalty.measure(x, encoder(x), source())
    assert parts.keys() == penalty.weights().keys()
    assert bool(parts) == (option is not NoPenalty)
    for value in parts.values():
        assert value.shape == ()
        assert value.isfinite()
        gradients = torch.autograd.grad(value, list(encoder.parameters()), materialize_grads=True)
        assert all(gradient.isfinite().all() for gradient in gradients)
        assert gradients[0].any(), "the encoder's first layer can make it smaller"


@every
def test_a_generator_decides(option: type[Penalty], encoder: nn.Module, x: Tensor) -> None:
    first, again = (option().measure(x, encoder(x), source(4)) for _ in range(2))
    assert first == again


@every
def test_only_who_differentiates_needs_the_input_s_gradient(
    option: type[Penalty], encoder: nn.Module, x: Tensor
) -> None:
    if not option.differentiates:
        with torch.no_grad():
            option().measure(x.detach(), encoder(x), source())


@every
def test_one_picture_and_a_feature_map_will_do(option: type[Penalty], x: Tensor) -> None:
    for z in (x[:1].sigmoid(), x.sigmoid()):
        for value in option().measure(x, z, source()).values():
            assert value.isfinite()


@every
def test_it_is_measured_in_full_precision(option: type[Penalty], encoder: nn.Module, x: Tensor) -> None:
    z = encoder(x)
    with torch.autocast("cpu", torch.bfloat16):
        low = option().measure(x, z, source())
    assert low == option().measure(x, z, source())


@pytest.mark.parametrize(
    ("penalty", "bottleneck", "told"),
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
def test_what_fits_together(penalty: Penalty, bottleneck: Bottleneck, told: str | None) -> None:
    if told is None:
        penalty.check(bottleneck)
    else:
        with pytest.raises(IncompatibleSettings, match=told):
            penalty.check(bottleneck)


# -- each one's maths


def test_l1_by_hand() -> None:
    z = torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    assert L1(weight=0.3).weights() == {"l1": 0.3}
    assert L1().measure(z, z, None)["l1"].item() == pytest.approx((3 + 0.5) / 2)


@pytest.mark.parametrize("target", [0.05, 0.5, 0.9])
def test_sparsity_is_zero_at_the_target_only(target: float) -> None:
    off = torch.full((3,), min(target, 1 - target))
    z = torch.stack([target - off, target + off])  # (2, 3): each number is on target on average only
    assert sparsity_divergence(z, target).item() == pytest.approx(0, abs=1e-6)
    assert sparsity_divergence(z * 0.9, target).item() > 1e-4


def test_sparsity_is_the_divergence_of_torch_distributions() -> None:
    z = torch.rand(20, 7, generator=source())
    expected = kl_divergence(Bernoulli(torch.tensor(0.05)), Bernoulli(z.mean(dim=0))).sum()
    assert sparsity_divergence(z, 0.05).item() == pytest.approx(expected.item(), rel=1e-5)


def test_sparsity_of_numbers_that_are_all_0_or_all_1_is_finite() -> None:
    z = torch.tensor([[0.0, 1.0], [0.0, 1.0]], requires_grad=True)
    value = sparsity_divergence(z, 0.05)
    assert value.isfinite()
    assert torch.autograd.grad(value, z)[0].isfinite().all()


def exact(encoder: nn.Module, x: Tensor) -> Tensor:
    """||dz/dx||^2 of each picture (B,), from torch's own Jacobian."""
    each = [jacobian(lambda one: encoder(one[None])[0], picture) for picture in x.detach()]
    return torch.stack([j.square().sum() for j in each])


@pytest.mark.parametrize("probes", [5, 8])
def test_enough_probes_measure_the_jacobian_exactly(encoder: nn.Module, x: Tensor, probes: int) -> None:
    measured = squared_jacobian(x, encoder(x), probes, None)
    assert torch.allclose(measured, exact(encoder, x), rtol=1e-4)


def test_a_few_probes_measure_it_on_average(encoder: nn.Module, x: Tensor) -> None:
    generator, z = source(), encoder(x)
    draws = torch.stack([squared_jacobian(x, z, 2, generator).detach() for _ in range(1500)])  # (1500, B)
    assert torch.allclose(draws.mean(dim=0), exact(encoder, x), rtol=0.05)
    assert (draws.std(dim=0) > 0).all()


def test_more_probes_measure_it_more_closely(encoder: nn.Module, x: Tensor) -> None:
    generator, z = source(), encoder(x)
    few, many = (
        torch.stack([squared_jacobian(x, z, probes, generator).detach() for _ in range(300)]).std(dim=0).mean()
        for probes in (1, 4)
    )
    assert many.item() == pytest.approx(few.item() / 2, rel=0.15)


def test_contractive_s_gradient_is_the_jacobian_s(encoder: nn.Module, x: Tensor) -> None:
    weight = encoder[1].weight
    value = Contractive(probes=5).measure(x, encoder(x), None)["contractive"]
    (gradient,) = torch.autograd.grad(value, weight)
    with torch.no_grad():
        weight[2, 3] += 1e-2
        higher = exact(encoder, x).mean()
        weight[2, 3] -= 2e-2
        lower = exact(encoder, x).mean()
    assert gradient[2, 3].item() == pytest.approx((higher - lower).item() / 2e-2, rel=0.02)


def normal(seed: int, count: int = 500, size: int = 4) -> Tensor:
    return torch.randn(count, size, generator=source(seed))


def test_mmd_of_the_same_distribution_is_zero_on_average() -> None:
    values = torch.stack([mmd(normal(2 * seed, 100), normal(2 * seed + 1, 100)) for seed in range(200)])
    assert abs(values.mean().item()) < 3 * values.std().item() / 200**0.5
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize(
    "other",
    [normal(1) + 1, normal(1) * 2, normal(1) / 3, normal(1).sign()],
    ids=["shifted", "wider", "narrower", "signs"],
)
def test_mmd_of_other_distributions_is_clearly_above(other: Tensor) -> None:
    same = max(abs(mmd(normal(2 * seed), normal(2 * seed + 1)).item()) for seed in range(10))
    assert mmd(other, normal(0)).item() > 3 * same


def test_mmd_by_hand() -> None:
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])

    def kernel(distance: float) -> float:
        return sum(2 * s / (2 * s + distance**2) for s in (0.1, 0.2, 0.5, 1, 2, 5, 10))

    across = (kernel(0) + kernel(2) + kernel(1) + kernel(1)) / 4
    assert mmd(a, b).item() == pytest.approx(kernel(1) + kernel(2) - 2 * across, rel=1e-5)


@pytest.mark.parametrize(("rows", "others"), [(1, 1), (1, 10), (10, 1), (0, 10)])
def test_mmd_of_one_code_alone_is_zero(rows: int, others: int) -> None:
    assert mmd(normal(0, rows), normal(1, others)).item() == 0


def test_mmd_draws_codes_to_the_normal() -> None:
    place, width = torch.full((2,), 2.0, requires_grad=True), torch.full((2,), 0.2, requires_grad=True)
    optimizer, generator = torch.optim.Adam([place, width], 0.05), source()
    for _ in range(200):
        z = place + width * torch.randn(200, 2, generator=generator)
        optimizer.zero_grad()
        MMD().measure(z, z, generator)["mmd"].backward()
        optimizer.step()
    assert torch.allclose(place, torch.zeros(2), atol=0.15)
    assert torch.allclose(width.abs(), torch.ones(2), atol=0.15)


def test_mmd_of_a_large_batch_takes_no_more_memory_than_of_a_thousand() -> None:
    z = normal(0, 3000)
    assert MMD().measure(z, z, source()) == MMD().measure(z[:1000], z[:1000], source())
