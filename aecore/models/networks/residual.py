"""Residual: a convolutional network of residual blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from aecore.models.networks.base import Activation, Shape
from aecore.models.networks.conv_stack import ConvStack
from aecore.models.networks.levels import Levels, channels_field
from aecore.options.registry import ONE_OR_MORE
from aecore.options.shapes import downsampled_sizes

Channels = Annotated[int, Field(ge=4, le=1024)]


class Residual(Levels):
    """Residual blocks of convolutions, which train well in deep networks: the sharpest reconstructions.

    He et al., Identity mappings in deep residual networks, ECCV 2016; norm: Wu and He, Group normalization, ECCV 2018.
    """

    kind: Literal["residual"] = "residual"
    title = "Residual"

    channels: Annotated[tuple[Channels, ...], ONE_OR_MORE] = channels_field(32, 64)
    blocks: int = Field(
        1, ge=0, le=8, title="Blocks", description="Residual blocks at each level, in the encoder and in the decoder."
    )
    activation: Activation = Field(
        "silu", title="Activation", description="Nonlinearity before each convolution of a block."
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Dropout",
        description="Fraction of a block's feature maps set to 0 at random in training.",
    )

    def encoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise((input_shape[0], *self.channels)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), *self._blocks(after)]
        return ConvStack(*layers, *self._normalized(self.channels[-1]))

    def decoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        widths = (*reversed(self.channels), self.channels[0])
        for (before, after), size in zip(
            pairwise(widths), downsampled_sizes(input_shape, len(self.channels))[-2::-1], strict=True
        ):
            # Resize, then convolve: no checkerboard artifacts (Odena et al. 2016).
            layers += [*self._blocks(before), nn.Upsample(size=size), nn.Conv2d(before, after, 3, padding=1)]
        output = nn.Conv2d(self.channels[0], input_shape[0], 3, padding=1)
        return ConvStack(*layers, *self._normalized(self.channels[0]), output)

    def _blocks(self, channels: int) -> list[nn.Module]:
        return [ResidualBlock(channels, self) for _ in range(self.blocks)]

    def _normalized(self, channels: int) -> list[nn.Module]:
        """Normalization and activation. Groups have 8 channels: a group of one value would always give 0."""
        return [nn.GroupNorm(1 if channels % 8 else channels // 8, channels), self.activate()]


class ResidualBlock(nn.Module):
    """`x + f(x)`: two convolutions, each after normalization and activation, with dropout between them."""

    summary_name = "residual block"

    def __init__(self, channels: int, settings: Residual) -> None:
        super().__init__()
        self.f = nn.Sequential(
            *settings._normalized(channels),
            nn.Conv2d(channels, channels, 3, padding=1),
            *settings._normalized(channels),
            *([nn.Dropout2d(settings.dropout)] if settings.dropout else []),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        out: Tensor = x + self.f(x)
        return out
