"""FeatureMap: the encoder's features are the code."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from aecore.models.bottlenecks.base import Bottleneck, BottleneckModule, Code
from aecore.models.networks import Network, Shape


class FeatureMap(Bottleneck):
    """The encoder's output is the code; the network alone determines its size.

    Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.
    """

    kind: Literal["feature-map"] = "feature-map"
    title = "Feature map"

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return feature_shape

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Identity()


class _Identity(BottleneckModule):
    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        return Code(features)

    def decode(self, z: Tensor) -> Tensor:
        return z
