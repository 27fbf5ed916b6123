"""Parameters in one tensor: they train to the same numbers as alone, whatever their layout."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from aecore.config.training import Training
from aecore.optim.flat import FlatParameters
from aecore.optim.optimizers import Optimizer
from aecore.options.registry import options_by_kind
from aecore.training.updates import Updates

CPU = torch.device("cpu")
ELEMENTWISE = [kind for kind, option in options_by_kind(Optimizer).items() if option.elementwise]


def model() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    layers[4].weight.data = layers[4].weight.data.t().contiguous().t()  # stored by columns
    return layers.to(memory_format=torch.channels_last)


def take_steps(model: nn.Module, updates: Updates, count: int) -> None:
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    for _ in range(count):
        updates.zero_grad()
        model(x).square().sum().backward()
        updates.step()


def test_views_keep_values_and_layout() -> None:
    layers = model()
    before = [(p.detach().clone(), p.stride()) for p in layers.parameters()]
    flat = FlatParameters(layers.parameters())
    for parameter, (values, strides) in zip(layers.parameters(), before, strict=True):
        assert torch.equal(parameter, values)
        assert parameter.stride() == strides
    flat.values.data.zero_()
    assert all(bool((parameter == 0).all()) for parameter in layers.parameters())
    parts = [torch.rand_like(parameter) for parameter in layers.parameters()]
    for part, expected in zip(flat.split(flat.join(parts)), parts, strict=True):
        assert torch.equal(part, expected)


@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_updates_are_those_of_the_optimizer_with_single_parameters(kind: str) -> None:
    settings = Training().model_copy(update={"optimizer": options_by_kind(Optimizer)[kind](), "weight_decay": 0.01})
    together, alone = model(), model()
    updates = Updates(settings, together.parameters(), CPU)
    optimizer = settings.optimizer.build(alone.parameters(), settings.learning_rate, settings.weight_decay, CPU)
    take_steps(together, updates, 4)
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    for _ in range(4):
        optimizer.zero_grad()
        alone(x).square().sum().backward()
        optimizer.step()
    for name, weight in alone.state_dict().items():
        torch.testing.assert_close(together.state_dict()[name], weight, rtol=1e-5, atol=1e-6)
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            torch.testing.assert_close(updates.state()[f"{index}.{name}"], value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", options_by_kind(Optimizer))
def test_a_restored_state_continues_exactly(kind: str) -> None:
    settings = Training().model_copy(update={"optimizer": options_by_kind(Optimizer)[kind]()})
    layers = model()
    updates = Updates(settings, layers.parameters(), CPU)
    take_steps(layers, updates, 2)
    stored, resumed = updates.state(), copy.deepcopy(layers)
    again = Updates(settings, resumed.parameters(), CPU)
    again.restore({name: value.contiguous() for name, value in stored.items()})  # as a file stores it
    take_steps(layers, updates, 2)
    take_steps(resumed, again, 2)
    for name, weight in layers.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], weight)


def test_gradients_that_were_set_to_none_do_not_stop_the_training() -> None:
    layers = model()
    updates = Updates(Training(), layers.parameters(), CPU)
    take_steps(layers, updates, 1)
    before = layers[4].weight.detach().clone()
    layers.zero_grad(set_to_none=True)  # by somebody who used the model in between
    take_steps(layers, updates, 1)
    assert not torch.equal(layers[4].weight, before)


def test_a_frozen_parameter_does_not_change() -> None:
    layers = model()
    layers[4].weight.requires_grad_(False)
    before = layers[4].weight.detach().clone()
    settings = Training(weight_decay=0.1)
    take_steps(layers, Updates(settings, layers.parameters(), CPU), 2)
    assert torch.equal(layers[4].weight, before)
