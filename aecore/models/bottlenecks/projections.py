"""Bottlenecks that are one linear layer each way: linear, sigmoid, ReLU."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code
from aecore.models.networks import Network, Shape
from aecore.models.networks.tied import TiedLinear


class Projection(BottleneckModule):
    """One linear layer each way; `squash` shapes the code. `codes` vectors are computed for each code needed."""

    def __init__(self, feature_shape: Shape, latent: int, network: Network, squash: nn.Module, codes: int = 1) -> None:
        super().__init__()
        size = math.prod(feature_shape)
        self.flatten = nn.Flatten()
        self.to_code = nn.Linear(size, latent * codes)
        self.squash = squash
        back = TiedLinear(self.to_code, rows=latent) if network.shares_weights else nn.Linear(latent, size)
        self.from_code = nn.Sequential(back, network.activate_features(), nn.Unflatten(1, feature_shape))

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        return Code(self.squash(self.to_code(self.flatten(features))))

    def decode(self, z: Tensor) -> Tensor:
        features: Tensor = self.from_code(z)
        return features


class _Row(Bottleneck):
    """A code that is one row of numbers, by one linear layer each way."""

    _squash: ClassVar[type[nn.Module]]

    latent: int = LATENT

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return Projection(feature_shape, self.latent, network, self._squash())


class Linear(_Row):
    """A linear layer: any number may be a code.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["linear"] = "linear"
    title = "Linear"
    _squash = nn.Identity


class Sigmoid(_Row):
    """A linear layer and a sigmoid: every number of the code lies between 0 and 1.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["sigmoid"] = "sigmoid"
    title = "Sigmoid"
    unit_interval = True
    _squash = nn.Sigmoid


class ReLU(_Row):
    """A linear layer and a ReLU: no number of the code is negative, and many are exactly zero.

    Glorot, Bordes and Bengio, Deep sparse rectifier neural networks, AISTATS 2011.
    """

    kind: Literal["relu"] = "relu"
    title = "ReLU"
    _squash = nn.ReLU
