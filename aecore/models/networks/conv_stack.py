"""ConvStack: the layers of a convolutional network, of which some pairs are computed together, in less time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_MONOTONE = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Tanh, nn.Sigmoid)


class ConvStack(nn.Sequential):
    """Layers in order, like `nn.Sequential`, which computes the same function up to rounding.

    Two pairs of layers take most of the time of a small convolutional network, and less of it in another form:

    - an activation and max pooling: pooled first, the activation has a quarter of the values;
    - nearest-neighbor upsampling and a convolution: see `conv_upsampled`.

    With hooks on the layers, and in exported or traced programs, each layer is computed by itself.
    """

    def forward(self, x: Tensor) -> Tensor:
        layers = list(self)
        alone = _are_observed(layers)
        while layers:
            x, count = (layers[0](x), 1) if alone else _apply_first(layers, x)
            del layers[:count]
        return x


def conv_upsampled(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """Compute `conv` of `x`, upsampled to twice its sides: (B, C, H, W) to (B, out, 2 H, 2 W).

    A pixel of `x` appears 2 x 2 times in the upsampled image, so each output is a convolution of `x` with a smaller
    kernel, whose weights are sums of the original ones. There is one such kernel for each of the four positions of an
    output within 2 x 2: Aitken et al., Checkerboard artifact free sub-pixel convolution, 2017.

    Args:
        x: the image before upsampling.
        conv: with an odd kernel, stride 1 and half the kernel as padding.
    """
    radius = conv.kernel_size[0] // 2
    ends = [(1, 0) if (radius + position) % 2 else (0, 1) for position in (0, 1)]  # padding of the kernel
    shifted = radius % 2  # of an odd radius, the kernels of the second row and column begin one pixel later
    if shifted:
        ends.reverse()  # then all outputs are shifted by one pixel, if the positions are swapped
    padded = [F.pad(conv.weight, (*columns, *rows)) for rows in ends for columns in ends]
    kernels = torch.cat([F.avg_pool2d(kernel, 2, divisor_override=1) for kernel in padded])  # sums of 2 x 2 weights
    bias = None if conv.bias is None else conv.bias.repeat(4)
    parts = F.conv2d(x, kernels, bias, padding=(radius + 1) // 2)  # (B, 2 * 2 * out, height, width)
    batch, _, height, width = parts.shape
    # `pixel_shuffle` with another order of channels, in which 2 * out of them are neighbors in memory: twice as fast.
    pixels = parts.permute(0, 2, 3, 1).reshape(batch, height, width, 2, -1).transpose(2, 3)
    outputs = pixels.reshape(batch, 2 * height, 2 * width, conv.out_channels).permute(0, 3, 1, 2)
    return F.pad(outputs, [-1] * 4) if shifted else outputs


def _apply_first(layers: Sequence[nn.Module], x: Tensor) -> tuple[Tensor, int]:
    """Apply the first layer or the first two; return the result and their number."""
    first, second = layers[0], layers[1] if len(layers) > 1 else None
    if isinstance(first, _MONOTONE) and isinstance(second, nn.MaxPool2d):
        return first(second(x)), 2
    if isinstance(first, nn.Upsample) and isinstance(second, nn.Conv2d) and _doubles(first, x) and _is_plain(second):
        return conv_upsampled(x, second), 2
    return first(x), 1


def _doubles(upsample: nn.Upsample, x: Tensor) -> bool:
    return upsample.mode == "nearest" and upsample.size == (2 * x.shape[2], 2 * x.shape[3])


def _is_plain(conv: nn.Conv2d) -> bool:
    side = conv.kernel_size[0]
    shape = (conv.kernel_size, conv.stride, conv.padding, conv.dilation, conv.groups, conv.padding_mode)
    return side % 2 == 1 and shape == ((side, side), (1, 1), (side // 2, side // 2), (1, 1), 1, "zeros")


def _are_observed(layers: Sequence[nn.Module]) -> bool:
    tracing: bool = torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
    if tracing or torch.compiler.is_compiling():
        return True
    return any(layer._forward_hooks or layer._forward_pre_hooks or layer._backward_hooks for layer in layers)
