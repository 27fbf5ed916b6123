from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from aecore.errors import IncompatibleSettings
from aecore.optim.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop
from aecore.options.registry import options_by_kind

CPU = torch.device("cpu")
ALL = list(options_by_kind(Optimizer).values())
each = pytest.mark.parametrize("option", ALL, ids=lambda option: option.__name__)


def weights() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((4, 3), (4,))]


def descend(parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer, steps: int) -> float:
    """Minimize the squared distance from ones; return the loss before the last step."""
    for _ in range(steps):
        optimizer.zero_grad()
        loss = sum(((parameter - 1) ** 2).sum() for parameter in parameters)
        assert isinstance(loss, Tensor)
        loss.backward()
        optimizer.step()
    return loss.item()


@each
def test_reduces_the_loss(option: type[Optimizer]) -> None:
    parameters = weights()
    optimizer = option().build(parameters, max(0.01, option.default_learning_rate), 0.0, CPU)
    first = descend(parameters, optimizer, 1)
    assert descend(parameters, optimizer, 300) < first / 20


@each
def test_passes_learning_rate_and_weight_decay(option: type[Optimizer]) -> None:
    (group,) = option().build(weights(), 0.02, 0.125, CPU).param_groups
    assert group["lr"] == 0.02
    assert group["weight_decay"] == 0.125


@each
def test_weight_decay_shrinks_weights(option: type[Optimizer]) -> None:
    parameters = weights()
    optimizer = option().build(parameters, 0.01, 0.5, CPU)
    before = [parameter.detach().abs().sum().item() for parameter in parameters]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    assert [parameter.detach().abs().sum().item() for parameter in parameters] < before


@each
def test_learning_rate_0_changes_nothing(option: type[Optimizer]) -> None:
    parameters, before = weights(), weights()
    optimizer = option().build(parameters, 0.01, 0.0, CPU)
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    descend(parameters, optimizer, 3)
    assert all(map(torch.equal, parameters, before))


@each
def test_tensors_restore_the_complete_state(option: type[Optimizer]) -> None:
    """A checkpoint stores tensors only; they suffice for another optimizer to continue with the same results."""
    parameters = weights()
    optimizer = option().build(parameters, 0.01, 0.1, CPU)
    descend(parameters, optimizer, 3)
    others = [nn.Parameter(parameter.detach().clone()) for parameter in parameters]
    other = option().build(others, 0.01, 0.1, CPU)
    state = {
        index: {name: value.clone() for name, value in values.items() if isinstance(value, Tensor)}
        for index, values in optimizer.state_dict()["state"].items()
    }
    other.load_state_dict({"state": state, "param_groups": other.state_dict()["param_groups"]})
    descend(parameters, optimizer, 5)
    descend(others, other, 5)
    assert all(map(torch.equal, parameters, others))


def test_adam_matches_fused_torch_adam() -> None:
    ours, theirs = weights(), weights()
    optimizer = Adam().build(ours, 0.01, 0.1, CPU)
    assert optimizer.param_groups[0]["fused"] is True
    descend(ours, optimizer, 10)
    descend(theirs, torch.optim.Adam(theirs, lr=0.01, weight_decay=0.1, fused=True), 10)
    assert all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize("option", [Adam, AdamW, SGD])
@pytest.mark.parametrize(("device", "fused"), [("cpu", True), ("cuda", True), ("mps", False)])
def test_uses_fused_kernels_on_cpu_and_cuda(option: type[Optimizer], device: str, fused: bool) -> None:
    optimizer = option().build(weights(), 0.01, 0.0, torch.device(device))
    assert optimizer.param_groups[0]["fused"] is fused


def test_passes_own_settings() -> None:
    (group,) = SGD(momentum=0.5, nesterov=True).build(weights(), 0.01, 0.0, CPU).param_groups
    assert (group["momentum"], group["nesterov"]) == (0.5, True)
    (group,) = RMSprop(alpha=0.9).build(weights(), 0.01, 0.0, CPU).param_groups
    assert group["alpha"] == 0.9


def test_rejects_nesterov_without_momentum() -> None:
    with pytest.raises(ValidationError) as caught:
        SGD(momentum=0.0, nesterov=True)
    error = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, IncompatibleSettings)
    assert error.field == ("nesterov",)
    SGD(momentum=0.0).build(weights(), 0.01, 0.0, CPU)
