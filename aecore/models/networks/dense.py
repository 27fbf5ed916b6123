"""Dense: fully connected layers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.networks.base import Activation, Network, Shape
from aecore.models.networks.tied import TiedLinear
from aecore.options.registry import ONE_OR_MORE
from aecore.utils.precision import full_precision

Width = Annotated[int, Field(ge=1, le=8192)]

# Multiplications of the largest layer per batch. Measured: at 13 million bfloat16 is as fast as float32, at 26 million
# 1.2 to 1.3 times, at 100 million 1.6 to 1.9 times.
_GAIN_FROM_BFLOAT16 = 20_000_000


class DenseLayer(nn.Linear):
    """A linear layer that uses bfloat16, within autocast, only where that is faster."""

    summary_name = "dense"

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) to (B, out)."""
        rounds = x.device.type != "meta" and torch.is_autocast_enabled(x.device.type)
        if not rounds or len(x) * self.weight.numel() >= _GAIN_FROM_BFLOAT16:
            return super().forward(x)
        with full_precision(x.device):
            return super().forward(x.to(self.weight.dtype))


class Dense(Network):
    """Fully connected layers; the decoder mirrors the encoder.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["dense"] = "dense"
    title = "Dense"

    widths: Annotated[tuple[Width, ...], ONE_OR_MORE] = Field(
        (128, 64, 32),
        max_length=8,
        title="Layer widths",
        description="Units of each hidden layer of the encoder; the decoder mirrors them. Empty: the code is the only "
        "hidden layer.",
        json_schema_extra={"main": True},
    )
    activation: Activation = Field("relu", title="Activation", description="Nonlinearity after each hidden layer.")
    norm: Literal["none", "batch", "layer"] = Field(
        "none",
        title="Normalization",
        description="Before each activation: batch norm (Ioffe and Szegedy 2015) or layer norm (Ba et al. 2016).",
        json_schema_extra={"labels": {"none": "None", "batch": "Batch norm", "layer": "Layer norm"}},
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Dropout",
        description="Fraction of hidden units set to 0 at random in each training step.",
    )
    tied: bool = Field(
        False, title="Tied weights", description="The decoder uses the encoder's transposed weights (W' = Wᵀ)."
    )

    @property
    def shares_weights(self) -> bool:
        return self.tied

    @property
    def batch_statistics(self) -> bool:
        return self.norm == "batch" and bool(self.widths)

    def gains_from_bfloat16(self, input_shape: Shape, batch_size: int) -> bool:
        weights = max((a * b for a, b in pairwise((math.prod(input_shape), *self.widths))), default=0)
        return batch_size * weights >= _GAIN_FROM_BFLOAT16

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.widths[-1] if self.widths else math.prod(input_shape),)

    def encoder(self, input_shape: Shape) -> nn.Module:
        return nn.Sequential(nn.Flatten(), *self._hidden((math.prod(input_shape), *self.widths)))

    def decoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        if self.widths:
            layers += self._hidden(tuple(reversed(self.widths)))
            layers.append(DenseLayer(self.widths[0], math.prod(input_shape)))  # the output: no activation, no dropout
        return nn.Sequential(*layers, nn.Unflatten(1, input_shape))

    def tie(self, encoder: nn.Module, decoder: nn.Module) -> None:
        if not self.tied:
            return
        sources = [layer for layer in encoder.modules() if isinstance(layer, nn.Linear)]
        for name, layer in list(decoder.named_children()):
            if isinstance(layer, nn.Linear):
                setattr(decoder, name, TiedLinear(sources.pop()))

    def activate_features(self) -> nn.Module:
        return self.activate() if self.widths else nn.Identity()  # without hidden layers, the features are the output

    def _hidden(self, widths: tuple[int, ...]) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [DenseLayer(before, after), *self._norm(after), self.activate(), *self._dropout()]
        return layers

    def _norm(self, width: int) -> list[nn.Module]:
        kinds: dict[str, list[nn.Module]] = {"batch": [nn.BatchNorm1d(width)], "layer": [nn.LayerNorm(width)]}
        return kinds.get(self.norm, [])

    def _dropout(self) -> list[nn.Module]:
        return [nn.Dropout(self.dropout)] if self.dropout else []
