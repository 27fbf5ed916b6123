"""A stack of convolutional layers computes what its layers compute one after the other, and so do its gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aecore.models.networks.conv_stack import ConvStack, conv_upsampled


def doubled(kernel: int, **settings: object) -> list[nn.Module]:
    return [nn.ReLU(), nn.Upsample(size=(10, 14)), nn.Conv2d(3, 4, kernel, padding=kernel // 2, **settings)]


#: Layers for inputs (B, 3, 5, 7) in double precision.
STACKS: dict[str, Callable[[], list[nn.Module]]] = {
    **{f"upsampled, kernel {kernel}": (lambda kernel=kernel: doubled(kernel)) for kernel in (1, 3, 5, 7)},
    "without bias": lambda: doubled(3, bias=False),
    "upsampled twice": lambda: [*doubled(3), nn.ReLU(), nn.Upsample(size=(20, 28)), nn.Conv2d(4, 1, 3, padding=1)],
    "to odd sides": lambda: [nn.Upsample(size=(9, 13)), nn.Conv2d(3, 4, 3, padding=1)],
    "stride": lambda: doubled(3, stride=2),
    "groups": lambda: [nn.Upsample(size=(10, 14)), nn.Conv2d(3, 3, 3, padding=1, groups=3)],
    "circular": lambda: doubled(3, padding_mode="circular"),
    "dropout between": lambda: [nn.Upsample(size=(10, 14)), nn.Dropout2d(0.5), nn.Conv2d(3, 4, 3, padding=1)],
    "last upsampled": lambda: [nn.Conv2d(3, 4, 3), nn.Upsample(size=(6, 10))],
    **{
        f"{type(activation).__name__} and pooling": (
            lambda activation=activation: [nn.Conv2d(3, 4, 3, padding=1), activation, nn.MaxPool2d(2, ceil_mode=True)]
        )
        for activation in (nn.ReLU(), nn.LeakyReLU(), nn.ELU(), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.SiLU())
    },
}


def gradients(layers: nn.Module, x: Tensor) -> list[Tensor]:
    """The output and the gradients of all parameters and of the input."""
    x = x.clone().requires_grad_()
    torch.manual_seed(0)  # for dropout
    output = layers(x)
    weights = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).reshape(output.shape)
    return [output, *torch.autograd.grad((output * weights).sum(), [x, *layers.parameters()])]


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("name", STACKS)
def test_the_same_output_and_gradients(name: str, channels_last: bool) -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(*STACKS[name]()).double()
    x = torch.randn(2, 3, 5, 7, dtype=torch.float64)
    if channels_last:
        layers, x = layers.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    for found, expected in zip(gradients(ConvStack(*layers), x), gradients(layers, x), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_hooks_see_the_output_of_every_layer() -> None:
    stack = ConvStack(*doubled(3))
    shapes: list[tuple[int, ...]] = []
    for layer in stack:
        layer.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape)))
    stack(torch.rand(1, 3, 5, 7))
    assert shapes == [(1, 3, 5, 7), (1, 3, 10, 14), (1, 4, 10, 14)]


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_upsampled_convolution_has_second_derivatives(kernel: int) -> None:
    conv = nn.Conv2d(1, 2, kernel, padding=kernel // 2).double()
    x = torch.randn(1, 1, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: conv_upsampled(x, conv).square(), x)
