"""Conv: a convolutional encoder that downsamples and a decoder that upsamples."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from aecore.models.networks.base import Activation, Shape
from aecore.models.networks.conv_stack import ConvStack
from aecore.models.networks.levels import Levels, channels_field
from aecore.options.registry import ONE_OR_MORE
from aecore.options.shapes import downsampled_sizes

Channels = Annotated[int, Field(ge=1, le=1024)]


class Conv(Levels):
    """Convolutions on small neighborhoods; each level halves height and width.

    Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.
    """

    kind: Literal["conv"] = "conv"
    title = "Convolutional"

    channels: Annotated[tuple[Channels, ...], ONE_OR_MORE] = channels_field(32, 32)
    kernel: Literal[3, 5, 7] = Field(3, title="Kernel", description="Side of each convolution kernel, in pixels.")
    down: Literal["pool", "stride"] = Field(
        "pool", title="Downsampling", description="Max pooling over 2 x 2 pixels, or convolutions with stride 2."
    )
    up: Literal["upsample", "transpose"] = Field(
        "upsample", title="Upsampling", description="Nearest-neighbor upsampling, or transposed convolutions."
    )
    activation: Activation = Field("relu", title="Activation", description="Nonlinearity after each convolution.")
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Dropout",
        description="Fraction of feature maps set to 0 at random in each training step.",
    )

    def encoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise((input_shape[0], *self.channels)):
            stride = 2 if self.down == "stride" else 1
            layers += [nn.Conv2d(before, after, self.kernel, stride, self.kernel // 2), self.activate()]
            if self.down == "pool":
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            layers += self._dropout()
        return ConvStack(*layers)

    def decoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        before = self.channels[-1]
        sizes = downsampled_sizes(input_shape, len(self.channels))
        for (height, width), smaller, after in zip(sizes[-2::-1], sizes[:0:-1], reversed(self.channels), strict=True):
            if self.up == "transpose":
                # The encoder rounds an odd side up when it halves it, so here the output is one pixel smaller.
                extra = (height - 2 * smaller[0] + 1, width - 2 * smaller[1] + 1)
                upsample = nn.ConvTranspose2d(before, after, self.kernel, 2, self.kernel // 2, extra)
                layers += [upsample, self.activate()]
            else:
                layers += [nn.Conv2d(before, after, self.kernel, 1, self.kernel // 2), self.activate()]
                layers.append(nn.Upsample(size=(height, width)))
            layers += self._dropout()
            before = after
        layers.append(nn.Conv2d(before, input_shape[0], self.kernel, 1, self.kernel // 2))
        return ConvStack(*layers)

    def _dropout(self) -> list[nn.Module]:
        return [nn.Dropout2d(self.dropout)] if self.dropout else []
