"""Variational: a cloud for each picture instead of a point."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code
from aecore.models.bottlenecks.projections import Projection
from aecore.models.networks import Network, Shape

#: Nats below which a number of the code tells nothing about the picture (Burda et al. 2016 count it as inactive).
UNUSED_BELOW = 0.01


class Variational(Bottleneck):
    """A mean and a variance for each number of the code, drawn toward a standard normal: nearby codes look alike.

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014; beta: Higgins et al., beta-VAE, ICLR 2017, eq. 4.
    """

    kind: Literal["variational"] = "variational"
    title = "Variational"
    latent: int = LATENT
    beta: float = Field(1.0, ge=0, le=100, title="Beta", description="Weight of the KL divergence from the prior.")
    beta_warmup: float = Field(
        0.0,
        ge=0,
        le=10_000,
        title="Beta warm-up, epochs",
        description="Beta grows from 0 over so many epochs (Bowman et al. 2016), so that the code is used first.",
        json_schema_extra={"step": 1.0},
    )
    free_bits: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Free nats",
        description="KL that each number of the code may have at no cost (free bits, Kingma et al. 2016).",
    )

    @property
    def gaussian_prior(self) -> bool:
        return self.beta > 0

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        return {"kl": self.beta * min(1.0, epoch / self.beta_warmup) if self.beta_warmup else self.beta}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Gaussian(feature_shape, self.latent, network, self.free_bits)


class _Gaussian(Projection):
    """Reparameterized Gaussian code: z = mu + sigma * epsilon (Kingma and Welling, section 2.4)."""

    def __init__(self, feature_shape: Shape, latent: int, network: Network, free: float) -> None:
        super().__init__(feature_shape, latent, network, nn.Identity(), codes=2)
        self.free = free

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        mean, log_variance = self.to_code(self.flatten(features)).float().chunk(2, dim=1)  # (B, latent) each
        z = mean
        if sample:
            noise = torch.randn(mean.shape, generator=generator, device=mean.device)
            z = mean + (log_variance / 2).exp() * noise
        kl = _divergence(mean, log_variance).mean(dim=0)  # (latent,)
        metrics = {"unused": (kl.detach() < UNUSED_BELOW).sum().float()}
        if self.free:
            metrics["kl_with_free"] = kl.detach().sum()
        # Kingma et al., Improved variational inference with inverse autoregressive flow, 2016, appendix C.8.
        return Code(z, {"kl": kl.clamp(min=self.free).sum() if self.free else kl.sum()}, metrics)

    def divergence(self, features: Tensor) -> Tensor:
        return _divergence(*self.to_code(self.flatten(features)).float().chunk(2, dim=1))


def _divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma) || N(0, 1)) of each number (Kingma and Welling, appendix B)."""
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
