"""Bottlenecks with one linear layer in each direction: linear, sigmoid, ReLU."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code
from aecore.models.networks import Network, Shape
from aecore.models.networks.tied import TiedLinear
from aecore.utils.precision import full_precision


class LinearBottleneckModule(BottleneckModule):
    """One linear layer in each direction, and an activation on the code.

    Args:
        feature_shape: shape of the encoder's output, without the batch.
        latent: number of latent dimensions.
        network: decides whether the weights are tied, and which activation follows the layer back to features.
        activation: applied to the code.
        outputs: values per latent dimension from the encoding layer, such as mean and variance.
        noise: width of the uniform noise that is added to sampled codes.
    """

    def __init__(
        self,
        feature_shape: Shape,
        latent: int,
        network: Network,
        activation: nn.Module,
        outputs: int = 1,
        noise: float = 0.0,
    ) -> None:
        super().__init__()
        self.noise = noise
        size = math.prod(feature_shape)
        self.flatten = nn.Flatten()
        self.to_code = nn.Linear(size, latent * outputs)
        self.activation = activation
        back = TiedLinear(self.to_code, rows=latent) if network.shares_weights else nn.Linear(latent, size)
        self.from_code = nn.Sequential(back, network.activate_features(), nn.Unflatten(1, feature_shape))

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        z = self.activation(self._project(features))
        if sample and self.noise:
            uniform = torch.rand(z.shape, generator=generator, device=z.device, dtype=z.dtype)
            z = z + self.noise * (uniform - 0.5)
        return Code(z)

    def decode(self, z: Tensor) -> Tensor:
        with full_precision(z.device):
            features: Tensor = self.from_code(z)
        return features

    def _project(self, features: Tensor) -> Tensor:
        """(B, *feature_shape) to (B, latent * outputs); in bfloat16, the code would have few different values."""
        with full_precision(features.device):
            projected: Tensor = self.to_code(self.flatten(features).to(self.to_code.weight.dtype))
        return projected


class _VectorBottleneck(Bottleneck):
    """A code that is a vector (B, latent), from one linear layer."""

    _activation: ClassVar[type[nn.Module]]

    latent: int = LATENT

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return LinearBottleneckModule(feature_shape, self.latent, network, self._activation())


class Linear(_VectorBottleneck):
    """A linear layer: the code is unbounded.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["linear"] = "linear"
    title = "Linear"
    _activation = nn.Identity


class Sigmoid(_VectorBottleneck):
    """A linear layer and a sigmoid: every latent dimension lies between 0 and 1.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006; noise in place of
    quantization: Ballé, Laparra and Simoncelli, End-to-end optimized image compression, ICLR 2017, eq. 9.
    """

    kind: Literal["sigmoid"] = "sigmoid"
    title = "Sigmoid"
    unit_interval = True
    _activation = nn.Sigmoid

    noise_bits: int = Field(
        0,
        ge=0,
        le=8,
        title="Trained for bits",
        description="Trains with uniform noise on the code, as wide as the bins of a quantization to so many bits per "
        "dimension, so that the code keeps its meaning when it is compressed; 0 trains without noise.",
    )

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        noise = 2.0**-self.noise_bits if self.noise_bits else 0.0
        return LinearBottleneckModule(feature_shape, self.latent, network, self._activation(), noise=noise)


class ReLU(_VectorBottleneck):
    """A linear layer and a ReLU: the code is non-negative, and many latent dimensions are exactly zero.

    Glorot, Bordes and Bengio, Deep sparse rectifier neural networks, AISTATS 2011.
    """

    kind: Literal["relu"] = "relu"
    title = "ReLU"
    _activation = nn.ReLU
