"""Autoencoder = encoder + bottleneck + decoder, with one output contract for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecore.config import RunConfig


@dataclass(frozen=True)
class Output:
    """What a forward pass gives."""

    logits: Tensor  # (B, C, H, W); sigmoid gives pixels in [0, 1]
    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor]  # scalars, mean over the batch, in nats or squared error per image, unweighted


class Autoencoder(nn.Module):
    """A network's encoder, a bottleneck, and the network's decoder."""

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.image_shape = config.dataset.image_shape
        self.latent_shape = config.latent_shape
        self.penalty_weights = config.bottleneck.weights()
        self.encoder = config.network.encoder(self.image_shape)
        self.bottleneck = config.bottleneck.build(config.network.feature_shape(self.image_shape), config.network)
        self.decoder = config.network.decoder(self.image_shape)
        if config.network.convolutional:
            self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # measured: twice the speed

    def forward(self, x: Tensor, sample: bool | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode and decode.

        Args:
            x: pictures (B, C, H, W), pixels in [0, 1].
            sample: whether a stochastic code is drawn or its mean taken; by default drawn while training.
            generator: source of that draw.
        """
        code = self.bottleneck.encode(self.encoder(x), self.training if sample is None else sample, generator)
        return Output(self.decode_logits(code.z), code.z, code.penalties)

    def decode_logits(self, z: Tensor) -> Tensor:
        """Codes (B, *latent_shape) to logits (B, C, H, W)."""
        logits: Tensor = self.decoder(self.bottleneck.decode(z))
        return logits

    @torch.inference_mode()
    def encode(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [0, 1] to codes (B, *latent_shape); the mean where the code is stochastic."""
        return self.bottleneck.encode(self.encoder(x), False, None).z

    @torch.inference_mode()
    def decode(self, z: Tensor) -> Tensor:
        """Codes (B, *latent_shape) to pictures (B, C, H, W) in [0, 1]."""
        return self.decode_logits(z).float().sigmoid()

    def reconstruct(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [0, 1] to their reconstructions."""
        return self.decode(self.encode(x))

    def parameter_count(self) -> int:
        """Numbers that training adjusts."""
        return sum(weight.numel() for weight in self.parameters())
