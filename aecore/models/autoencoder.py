"""Autoencoder = encoder + bottleneck + decoder, with one output contract for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from aecore.models.bottlenecks import Bottleneck, BottleneckModule
from aecore.models.networks import Network, Shape


@dataclass(frozen=True)
class Output:
    """What a forward pass gives."""

    logits: Tensor  # (B, *input_shape); `Autoencoder.output` makes pixels in [0, 1] of them
    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor]  # scalars, mean over the batch, in nats or squared error per image, unweighted
    metrics: dict[str, Tensor]  # scalars worth showing that are no part of the loss


class Autoencoder(nn.Module):
    """A network's encoder, a bottleneck, and the network's decoder."""

    def __init__(
        self,
        encoder: nn.Module,
        bottleneck: BottleneckModule,
        decoder: nn.Module,
        input_shape: Shape,
        latent_shape: Shape,
        bounded: bool = True,
    ) -> None:
        """Combine the parts; `Autoencoder.of` makes them from options.

        Args:
            encoder: module (B, *input_shape) -> (B, *feature_shape).
            bottleneck: features to codes (B, *latent_shape) and back.
            decoder: module (B, *feature_shape) -> logits (B, *input_shape).
            input_shape: shape of one example.
            latent_shape: shape of one code.
            bounded: whether a sigmoid maps the logits to [0, 1].
        """
        super().__init__()
        self.encoder, self.bottleneck, self.decoder = encoder, bottleneck, decoder
        self.input_shape, self.latent_shape, self.bounded = input_shape, latent_shape, bounded

    @classmethod
    def of(cls, network: Network, bottleneck: Bottleneck, input_shape: Shape, bounded: bool = True) -> Self:
        """The model of a network option and a bottleneck option for examples of `input_shape`."""
        features = network.feature_shape(input_shape)
        encoder = network.encoder(input_shape)  # first: the order decides which random numbers each part gets
        module = bottleneck.build(features, network)
        decoder = network.decoder(input_shape)
        network.tie(encoder, decoder)
        model = cls(encoder, module, decoder, input_shape, bottleneck.latent_shape(features), bounded)
        if network.convolutional:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # measured: twice the speed
        return model

    def forward(self, x: Tensor, sample: bool | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode and decode.

        Args:
            x: pictures (B, C, H, W), pixels in [0, 1]; or whatever has the config's input shape.
            sample: whether a stochastic code is drawn or its mean taken; by default drawn while training.
            generator: source of that draw.
        """
        code = self.bottleneck.encode(self.encoder(x), self.training if sample is None else sample, generator)
        return Output(self.decode_logits(code.z), code.z, code.penalties, code.metrics)

    def decode_logits(self, z: Tensor) -> Tensor:
        """Codes (B, *latent_shape) to logits (B, *input_shape)."""
        logits: Tensor = self.decoder(self.bottleneck.decode(z))
        return logits

    def output(self, logits: Tensor) -> Tensor:
        """Logits to what the model says: pixels in [0, 1], or the numbers themselves where the output is linear."""
        return logits.float().sigmoid() if self.bounded else logits.float()

    @torch.inference_mode()
    def encode(self, x: Tensor) -> Tensor:
        """Inputs (B, *input_shape) to codes (B, *latent_shape); the mean where the code is stochastic."""
        return self.bottleneck.encode(self.encoder(x), False, None).z

    @torch.inference_mode()
    def decode(self, z: Tensor) -> Tensor:
        """Codes (B, *latent_shape) to reconstructions (B, *input_shape)."""
        return self.output(self.decode_logits(z))

    def reconstruct(self, x: Tensor) -> Tensor:
        """Inputs (B, *input_shape) to their reconstructions."""
        return self.decode(self.encode(x))

    def parameter_count(self) -> int:
        """Numbers that training adjusts."""
        return sum(weight.numel() for weight in self.parameters())
