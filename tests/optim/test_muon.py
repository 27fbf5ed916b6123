"""Muon: its updates, of every shape and memory layout, and the Newton-Schulz iteration behind them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from aecore.optim import newton_schulz
from aecore.optim.muon import ADAM_FACTOR, MuonWithAdam
from aecore.optim.newton_schulz import gram_factor, orthogonal_factor, uses_gram
from aecore.optim.optimizers import Adam, Muon, Optimizer
from aecore.options.registry import options_by_kind

CPU = torch.device("cpu")
SHAPES = [(1, 30), (8, 8), (10, 32), (30, 250), (64, 128), (128, 784), (200, 210)]
# All but the first have matrices with both transposes; kernels are (out, in, height, width).
MODELS: dict[str, list[tuple[int, ...]]] = {
    "one": [(6, 4)],
    "dense": [(40, 9), (40,), (9, 40), (9,), (40, 9)],
    "square": [(7, 7), (7, 8), (8, 7)],
    "vectors": [(1, 12), (12, 1), (1, 1), (12,), ()],
    "kernels": [(8, 1, 3, 3), (8,), (4, 8, 3, 3), (5, 3, 1, 1)],
    "other": [(4, 5, 6), (2, 3)],
}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def matrix(rows: int, columns: int, smallest: float) -> Tensor:
    """A matrix (rows, columns) with singular values from 1 to `smallest`."""
    u, v = (torch.linalg.qr(random(n, rows, seed=n).double()).Q for n in (rows, columns))
    x: Tensor = u * torch.logspace(0, math.log10(smallest), rows, dtype=torch.float64) @ v.T
    return x.float()


def in_double_precision(update: Tensor) -> Tensor:
    """The orthogonal factor as in the paper: five steps on the whole matrix."""
    a, b, c = newton_schulz.COEFFICIENTS
    x: Tensor = update.double() / update.double().norm().clamp_min(1e-7)
    for _ in range(newton_schulz.STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def parameters(shapes: list[tuple[int, ...]], seed: int = 0) -> list[nn.Parameter]:
    return [nn.Parameter(random(*shape, seed=seed + i)) for i, shape in enumerate(shapes)]


def updated(weights: list[nn.Parameter], steps: int = 3, decay: float = 0.1) -> list[Tensor]:
    optimizer = Muon(momentum=0.95).build(weights, 0.02, decay, CPU)
    for step in range(steps):
        for i, weight in enumerate(weights):
            weight.grad = torch.empty_like(weight).copy_(random(*weight.shape, seed=100 * step + i))
        optimizer.step()
    return [weight.detach() for weight in weights]


@pytest.mark.parametrize("smallest", [1.0, 0.1, 1e-2, 1e-4])
@pytest.mark.parametrize(("rows", "columns"), SHAPES)
def test_both_iterations_match_double_precision(rows: int, columns: int, smallest: float) -> None:
    x = 1e-3 * matrix(rows, columns, smallest)
    by_gram = gram_factor((x @ x.T)[None])[0] @ x
    directly = orthogonal_factor(x[None])[0]
    expected = in_double_precision(x)
    tolerance = 1e-3 if rows < 192 else 0.1  # larger ones may be iterated in bfloat16
    assert (by_gram - expected).norm() < 1e-3 * expected.norm()
    assert (directly - expected).norm() < tolerance * expected.norm()
    if smallest >= 0.1:
        for factor in (by_gram, directly):
            singular = torch.linalg.svdvals(factor)
            assert 0.65 < singular.min() <= singular.max() < 1.25


def test_bfloat16_is_as_accurate_as_in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newton_schulz, "uses_bfloat16", lambda rows, device: True)
    singular = torch.linalg.svdvals(orthogonal_factor(matrix(200, 300, 0.1)[None])[0])
    assert 0.6 < singular.min() <= singular.max() < 1.3


@pytest.mark.parametrize(
    ("rows", "columns", "device", "by_gram"),
    [
        (128, 784, "cpu", True),
        (10, 32, "cpu", True),
        (64, 64, "cpu", False),
        (1000, 1000, "cpu", False),
        (128, 784, "cuda", False),
    ],
)
def test_long_matrices_are_iterated_by_their_gram_matrix(rows: int, columns: int, device: str, by_gram: bool) -> None:
    assert uses_gram(rows, columns, device) == by_gram


@pytest.mark.parametrize("name", MODELS)
def test_updates_are_those_of_the_papers(name: str) -> None:
    weights, expected = parameters(MODELS[name]), parameters(MODELS[name])
    rest = [weight for weight in expected if weight.ndim not in (2, 4)]
    adam = torch.optim.AdamW(rest, lr=0.02 * ADAM_FACTOR, weight_decay=0.1) if rest else None
    means = [torch.zeros_like(weight) for weight in expected]
    for step in range(3):
        for i, (weight, mean) in enumerate(zip(expected, means, strict=True)):
            gradient = random(*weight.shape, seed=100 * step + i)
            weight.grad = gradient
            if weight.ndim in (2, 4):
                mean.lerp_(gradient, 0.05)
                flat = gradient.lerp(mean, 0.95).flatten(1)
                factor = in_double_precision(flat if flat.shape[0] <= flat.shape[1] else flat.T).float()
                factor = factor if flat.shape[0] <= flat.shape[1] else factor.T
                scale = max(1.0, flat.shape[0] / flat.shape[1]) ** 0.5
                weight.data.mul_(1 - 0.02 * 0.1).add_(factor.reshape(weight.shape), alpha=-0.02 * scale)
        if adam:
            adam.step()
    for ours, theirs in zip(updated(weights), expected, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-5)


def test_points_where_torch_muon_points() -> None:
    """torch iterates in bfloat16, so the weights are only close."""
    ours, theirs, before = (parameters([(40, 90), (90, 40)]) for _ in range(3))
    reference = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1)
    updated(ours, steps=1)
    for i, weight in enumerate(theirs):
        weight.grad = random(*weight.shape, seed=i)
    reference.step()  # type: ignore[no-untyped-call]
    for a, b, start in zip(ours, theirs, before, strict=True):
        ours_by, theirs_by = ((end.detach() - start.detach()).flatten() for end in (a, b))
        assert torch.cosine_similarity(ours_by, theirs_by, dim=0) > 0.999
        assert ours_by.norm().item() == pytest.approx(theirs_by.norm().item(), rel=0.02)


def test_the_memory_layout_of_kernels_does_not_matter() -> None:
    usual, channels_last = (parameters(MODELS["kernels"]) for _ in range(2))
    for weight in channels_last:
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    for a, b in zip(updated(usual), updated(channels_last), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_without_a_gradient_nothing_changes(name: str) -> None:
    weights = parameters(MODELS[name])
    optimizer = Muon().build(weights, 0.02, 0.0, CPU)
    optimizer.step()
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    assert all(map(torch.equal, weights, parameters(MODELS[name])))


def test_weights_without_a_gradient_keep_their_values() -> None:
    weights, before = parameters([(4, 3), (4,), (3, 4)]), parameters([(4, 3), (4,), (3, 4)])
    weights[0].grad = torch.ones(4, 3)
    Muon().build(weights, 0.02, 0.1, CPU).step()
    assert [torch.equal(a, b) for a, b in zip(weights, before, strict=True)] == [False, True, True]


def test_step_returns_the_loss_of_a_closure() -> None:
    optimizer = Muon().build(parameters([(4, 3)]), 0.02, 0.1, CPU)
    assert isinstance(optimizer, MuonWithAdam)
    assert optimizer.step(lambda: 7.0) == 7.0


def test_settings_reach_the_update() -> None:
    def after(option: Muon) -> Tensor:
        (weight,) = parameters([(4, 3)])
        optimizer = option.build([weight], 0.02, 0.0, CPU)
        for step in range(2):
            weight.grad = random(4, 3, seed=step)
            optimizer.step()
        return weight.detach()

    assert not torch.allclose(after(Muon()), after(Muon(nesterov=False)))
    assert not torch.allclose(after(Muon()), after(Muon(momentum=0.5)))


def test_only_muon_is_not_elementwise() -> None:
    assert [kind for kind, option in options_by_kind(Optimizer).items() if not option.elementwise] == ["muon"]
    assert Adam.default_learning_rate == 1e-3
