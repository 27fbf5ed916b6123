"""Residual: convolutions that each learn what to add."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from aecore.models.networks.base import ONE_OR_MORE, Activation, Shape
from aecore.models.networks.levels import Levels, channels_field
from aecore.options.shapes import downsampled_sizes

Channels = Annotated[int, Field(ge=4, le=1024)]


class Residual(Levels):
    """Convolutions in blocks that add to what they are given, so that many of them train well: the best pictures.

    He et al., Identity mappings in deep residual networks, ECCV 2016; norm: Wu and He, Group normalization, ECCV 2018.
    """

    kind: Literal["residual"] = "residual"
    title = "Residual"

    channels: Annotated[tuple[Channels, ...], ONE_OR_MORE] = channels_field(32, 64)
    blocks: int = Field(1, ge=0, le=8, title="Blocks", description="Residual blocks at each level, each way.")
    activation: Activation = Field("silu", title="Activation", description="What precedes each convolution of a block.")
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of a block's feature maps silenced at random in training."
    )

    def encoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise((input_shape[0], *self.channels)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), *self._blocks(after)]
        return nn.Sequential(*layers, *self._activated(self.channels[-1]))

    def decoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        widths = (*reversed(self.channels), self.channels[0])
        for (before, after), size in zip(
            pairwise(widths), downsampled_sizes(input_shape, len(self.channels))[-2::-1], strict=True
        ):
            # Resized, then convolved: no checkerboard (Odena et al., Deconvolution and checkerboard artifacts, 2016).
            layers += [*self._blocks(before), nn.Upsample(size=size), nn.Conv2d(before, after, 3, padding=1)]
        picture = nn.Conv2d(self.channels[0], input_shape[0], 3, padding=1)
        return nn.Sequential(*layers, *self._activated(self.channels[0]), picture)

    def _blocks(self, channels: int) -> list[nn.Module]:
        return [ResidualBlock(channels, self) for _ in range(self.blocks)]

    def _activated(self, channels: int) -> list[nn.Module]:
        """Norm and activation. Groups have 8 channels; one of a single number would always be normalized to zero."""
        return [nn.GroupNorm(1 if channels % 8 else channels // 8, channels), self.activate()]


class ResidualBlock(nn.Module):
    """`x + f(x)`, with norm and activation before each of f's two convolutions; dropout between them."""

    box_name = "residual block"

    def __init__(self, channels: int, settings: Residual) -> None:
        super().__init__()
        self.f = nn.Sequential(
            *settings._activated(channels),
            nn.Conv2d(channels, channels, 3, padding=1),
            *settings._activated(channels),
            *([nn.Dropout2d(settings.dropout)] if settings.dropout else []),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        out: Tensor = x + self.f(x)
        return out
