"""Bottleneck: the contract of everything that stands between features and a code."""

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
LATENT = Field(
    16,
    ge=1,
    le=4096,
    title="Latent size",
    description="Numbers in the code: what a picture is reduced to.",
    json_schema_extra={"main": True, "stops": _STOPS},
)


@dataclass(frozen=True)
class Code:
    """What a bottleneck makes of features."""

    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor] = field(default_factory=dict)  # scalars, mean over the batch, nats or squared error
    metrics: dict[str, Tensor] = field(default_factory=dict)  # scalars worth showing that the loss does not contain


class BottleneckModule(nn.Module):
    """The built bottleneck."""

    #: How many entries its codebook has; 0 without one.
    codebook_size: int = 0

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        """Features to code; `sample` asks a stochastic bottleneck for a draw instead of its mean."""
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        """Code to features."""
        raise NotImplementedError

    def divergence(self, features: Tensor) -> Tensor | None:
        """KL in nats of each number of each code from its prior, (B, latent); None where there is no prior."""
        return None

    def quantize(self, z: Tensor) -> Tensor | None:
        """The codebook entry nearest to each place of codes (B, *latent_shape): (B, *places); None without codebook."""
        return None

    def codes_from_indices(self, chosen: Tensor) -> Tensor:
        """Codes (B, *latent_shape) of chosen entries (B, *places).

        Raises:
            TypeError: there is no codebook.
        """
        raise TypeError(f"{type(self).__name__} has no codebook to look entries up in.")


class Bottleneck(Option):
    """How features become a code."""

    #: Whether every number of the code lies between 0 and 1.
    unit_interval: ClassVar[bool] = False
    #: Whether the code is a choice among entries, which no small change of the input moves a little.
    discrete: ClassVar[bool] = False

    @property
    def gaussian_prior(self) -> bool:
        """Whether training draws the codes to N(0, I), so that samples from there decode to pictures."""
        return False

    def check(self, feature_shape: Shape) -> None:
        """Raise `IncompatibleSettings`, with the reason, if features of this shape cannot become such a code."""

    def latent_shape(self, feature_shape: Shape) -> Shape:
        """Shape of one picture's code."""
        raise NotImplementedError

    def stored_numbers(self, feature_shape: Shape) -> int:
        """How many numbers have to be written down to keep one picture's code; PCA is given as many components."""
        return math.prod(self.latent_shape(feature_shape))

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        """What each of its penalties is multiplied by in the loss, `epoch` epochs into the training."""
        return {}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        """The module between features of `feature_shape` and a code of `latent_shape`."""
        raise NotImplementedError
