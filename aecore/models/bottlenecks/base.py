"""Bottleneck: the interface of all bottlenecks, which convert features to codes and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from pydantic import Field, JsonValue
from torch import Tensor, nn

from aecore.models.networks import Network, Shape
from aecore.options.registry import Option

_STOPS: list[JsonValue] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 32, 48, 64, 96, 128, 256, 512, 1024]
#: The field for the latent size, which several bottlenecks share.
LATENT = Field(
    16,
    ge=1,
    le=4096,
    title="Latent size",
    description="Number of latent dimensions: how strongly an image is compressed.",
    json_schema_extra={"main": True, "stops": _STOPS},
)


@dataclass(frozen=True)
class Code:
    """The output of a bottleneck's encoding half."""

    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor] = field(default_factory=dict)  # scalars, mean over the batch, nats or squared error
    metrics: dict[str, Tensor] = field(default_factory=dict)  # scalars to report that are not part of the loss


class BottleneckModule(nn.Module):
    """The trainable part of a bottleneck, built by `Bottleneck.build`."""

    #: Number of codebook entries; 0 without a codebook.
    codebook_size: int = 0

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        """Convert features (B, *feature_shape) to a code.

        Args:
            features: the encoder's output.
            sample: whether a stochastic bottleneck samples its code or takes the mean.
            generator: source of that sample; torch's global one if None.
        """
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        """Convert codes (B, *latent_shape) to features (B, *feature_shape)."""
        raise NotImplementedError

    def posterior(self, features: Tensor) -> tuple[Tensor, Tensor] | None:
        """Return mean and log variance of the Gaussian code, each (B, latent); None if the code is no Gaussian."""
        return None

    def divergence(self, features: Tensor) -> Tensor | None:
        """Return the KL divergence from the prior in nats, per latent dimension (B, latent); None without a prior."""
        return None

    def quantize(self, z: Tensor) -> Tensor | None:
        """Return the index of the nearest codebook entry at each position (B, H, W); None without a codebook."""
        return None

    def codes_from_indices(self, indices: Tensor) -> Tensor:
        """Return the codes (B, *latent_shape) of codebook indices (B, H, W).

        Raises:
            TypeError: the bottleneck has no codebook.
        """
        raise TypeError(f"{type(self).__name__} has no codebook; only a vector-quantized bottleneck has indices.")


class Bottleneck(Option):
    """How features become a code."""

    #: Whether every latent dimension lies between 0 and 1.
    unit_interval: ClassVar[bool] = False
    #: Whether the code consists of codebook entries, which do not change continuously with the input.
    discrete: ClassVar[bool] = False

    @property
    def gaussian_prior(self) -> bool:
        """Whether training pulls the codes toward N(0, I), so that samples from it decode to images."""
        return False

    def check(self, feature_shape: Shape) -> None:
        """Raise `IncompatibleSettings` if features of this shape do not fit the bottleneck."""

    def latent_shape(self, feature_shape: Shape) -> Shape:
        """Return the shape of one code, without the batch."""
        raise NotImplementedError

    def stored_numbers(self, feature_shape: Shape) -> int:
        """Return how many numbers represent one code; the PCA baseline gets as many components."""
        return math.prod(self.latent_shape(feature_shape))

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        """Return the factor of each of its penalties in the loss, `epoch` epochs into training."""
        return {}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        """Build the module that converts features (B, *feature_shape) to codes (B, *latent_shape) and back."""
        raise NotImplementedError
