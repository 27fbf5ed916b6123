"""Bottlenecks: how features become a code, and a code becomes features again."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from pydantic import Field, JsonValue
from torch import Tensor, nn

from aecore.choices import Choice
from aecore.networks import Network, Shape

_STOPS: list[JsonValue] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 32, 48, 64, 96, 128, 256, 512, 1024]
LATENT = Field(
    16,
    ge=1,
    le=4096,
    title="Latent size",
    description="Numbers in the code: what a picture is reduced to.",
    json_schema_extra={"main": True, "stops": _STOPS},
)


class Code(NamedTuple):
    """What a bottleneck makes of features."""

    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor]  # scalars, mean over the batch, in nats or squared error per image


class BottleneckModule(nn.Module):
    """The built bottleneck."""

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        """Features to code; `sample` asks a stochastic bottleneck for a draw instead of its mean."""
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        """Code to features."""
        raise NotImplementedError


class Bottleneck(Choice):
    """How features become a code."""

    def check(self, feature_shape: Shape) -> None:
        """Raise `Impossible`, with the reason, if features of this shape cannot become such a code."""

    def latent_shape(self, feature_shape: Shape) -> Shape:
        """Shape of one picture's code."""
        raise NotImplementedError

    def weights(self) -> dict[str, float]:
        """What each of its penalties is multiplied by in the loss."""
        return {}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        """The module between features of `feature_shape` and a code of `latent_shape`."""
        raise NotImplementedError


class _Projection(BottleneckModule):
    """One linear layer each way; `squash` shapes the code."""

    def __init__(self, feature_shape: Shape, latent: int, network: Network, squash: nn.Module, codes: int = 1) -> None:
        super().__init__()
        size = math.prod(feature_shape)
        self.flatten = nn.Flatten()
        self.to_code = nn.Linear(size, latent * codes)
        self.squash = squash
        self.from_code = nn.Sequential(nn.Linear(latent, size), network.activate(), nn.Unflatten(1, feature_shape))

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        return Code(self.squash(self.to_code(self.flatten(features))), {})

    def decode(self, z: Tensor) -> Tensor:
        features: Tensor = self.from_code(z)
        return features


class Linear(Bottleneck):
    """A linear layer: any number may be a code.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["linear"] = "linear"
    title = "Linear"
    latent: int = LATENT

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Projection(feature_shape, self.latent, network, nn.Identity())


class Sigmoid(Bottleneck):
    """A linear layer and a sigmoid: every number of the code lies between 0 and 1."""

    kind: Literal["sigmoid"] = "sigmoid"
    title = "Sigmoid"
    latent: int = LATENT

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Projection(feature_shape, self.latent, network, nn.Sigmoid())


class FeatureMap(Bottleneck):
    """The features themselves are the code; the network alone decides its size.

    Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.
    """

    kind: Literal["feature-map"] = "feature-map"
    title = "Feature map"

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return feature_shape

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Through()


class _Through(BottleneckModule):
    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        return Code(features, {})

    def decode(self, z: Tensor) -> Tensor:
        return z


class Variational(Bottleneck):
    """A mean and a variance for each number of the code, drawn toward a standard normal: nearby codes look alike.

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014; beta: Higgins et al., beta-VAE, ICLR 2017, eq. 4.
    """

    kind: Literal["variational"] = "variational"
    title = "Variational"
    latent: int = LATENT
    beta: float = Field(1.0, ge=0, le=100, title="Beta", description="Weight of the KL divergence from the prior.")

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def weights(self) -> dict[str, float]:
        return {"kl": self.beta}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Gaussian(feature_shape, self.latent, network)


class _Gaussian(_Projection):
    """Reparameterised Gaussian code: z = mu + sigma * epsilon (Kingma and Welling, section 2.4)."""

    def __init__(self, feature_shape: Shape, latent: int, network: Network) -> None:
        super().__init__(feature_shape, latent, network, nn.Identity(), codes=2)

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        mean, log_variance = self.to_code(self.flatten(features)).float().chunk(2, dim=1)  # (B, latent) each
        z = mean
        if sample:
            noise = torch.randn(mean.shape, generator=generator, device=mean.device)
            z = mean + (log_variance / 2).exp() * noise
        # Kingma and Welling, appendix B: KL(N(mu, sigma) || N(0, 1)), summed over the code.
        kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1) / 2
        return Code(z, {"kl": kl.mean()})
