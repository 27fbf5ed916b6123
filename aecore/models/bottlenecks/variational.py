"""Variational: a Gaussian distribution of codes for each image instead of a single code."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.bottlenecks.base import LATENT, Bottleneck, BottleneckModule, Code
from aecore.models.bottlenecks.projections import LinearBottleneckModule
from aecore.models.networks import Network, Shape
from aecore.options.epochs import IN_EPOCHS

#: KL in nats below which a latent dimension carries no information about the image (inactive: Burda et al. 2016).
UNUSED_BELOW = 0.01


class Variational(Bottleneck):
    """A mean and a variance per latent dimension, regularized toward a standard normal: nearby codes decode similarly.

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014; beta: Higgins et al., beta-VAE, ICLR 2017, eq. 4;
    total correlation: Chen et al., Isolating sources of disentanglement in VAEs, NeurIPS 2018, eq. 4.
    """

    kind: Literal["variational"] = "variational"
    title = "Variational"
    latent: int = LATENT
    beta: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Beta",
        description="Weight of the KL divergence from the prior.",
        json_schema_extra={"main": True},
    )
    beta_warmup: float = Field(
        0.0,
        ge=0,
        le=10_000,
        title="Beta warm-up, epochs",
        description="Beta rises linearly from 0 over this many epochs, so that the decoder learns to use the code "
        "first (Bowman et al. 2016).",
        json_schema_extra={"step": 1.0, **IN_EPOCHS},
    )
    free_bits: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Free nats",
        description="KL per latent dimension that is not penalized (free bits, Kingma et al. 2016).",
    )

    total_correlation: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Total correlation",
        description="Additional weight of the dependence among latent dimensions: with a large one, each dimension "
        "tends to follow a factor of its own (beta-TC-VAE; its beta is 1 more than this, with Beta at 1).",
    )

    @property
    def gaussian_prior(self) -> bool:
        return self.beta > 0

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.latent,)

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        kl = {"kl": self.beta * min(1.0, epoch / self.beta_warmup) if self.beta_warmup else self.beta}
        return kl | ({"total_correlation": self.total_correlation} if self.total_correlation else {})

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _VariationalModule(feature_shape, self, network)


class _VariationalModule(LinearBottleneckModule):
    """Reparameterized Gaussian code: z = mu + sigma * epsilon (Kingma and Welling, section 2.4)."""

    def __init__(self, feature_shape: Shape, settings: Variational, network: Network) -> None:
        super().__init__(feature_shape, settings.latent, network, nn.Identity(), outputs=2)
        self.free_bits, self.penalizes_dependence = settings.free_bits, settings.total_correlation > 0

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        mean, log_variance = (part.float() for part in self.posterior(features))
        z = mean
        if sample:
            noise = torch.randn(mean.shape, generator=generator, device=mean.device)
            z = mean + (log_variance / 2).exp() * noise
        kl = _kl_divergence(mean, log_variance).mean(dim=0)  # (latent,)
        metrics = {"unused": (kl.detach() < UNUSED_BELOW).sum().float()}
        if self.free_bits:
            metrics["kl_with_free"] = kl.detach().sum()
        # Kingma et al., Improved variational inference with inverse autoregressive flow, 2016, appendix C.8.
        penalties = {"kl": kl.clamp(min=self.free_bits).sum() if self.free_bits else kl.sum()}
        if self.penalizes_dependence:
            penalties["total_correlation"] = total_correlation(z, mean, log_variance)
        return Code(z, penalties, metrics)

    def posterior(self, features: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self._project(features).chunk(2, dim=1)
        return mean, log_variance

    def divergence(self, features: Tensor) -> Tensor:
        return _kl_divergence(*(part.float() for part in self.posterior(features)))


def total_correlation(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Estimate the dependence among latent dimensions, KL(q(z) || prod_j q(z_j)), in nats.

    Chen et al. 2018, appendix C.1, as if the batch were all images: the true number adds a constant. At most
    (latent - 1) log B, which a batch of B images can show.

    Args:
        z: sampled codes (B, latent).
        mean: of the Gaussians that they were sampled from (B, latent).
        log_variance: of these (B, latent).
    """
    batch, latent = z.shape
    # The density of each code under each Gaussian, up to a constant that cancels.
    log_q = -((z[:, None] - mean).square() * (-log_variance).exp() + log_variance) / 2  # (B, B, latent)
    dependence = log_q.sum(dim=2).logsumexp(dim=1) - log_q.logsumexp(dim=1).sum(dim=1)  # (B,)
    return dependence.mean() + (latent - 1) * math.log(batch)


def _kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma) || N(0, 1)) per latent dimension (Kingma and Welling, appendix B)."""
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
