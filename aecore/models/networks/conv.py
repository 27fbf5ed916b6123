"""Conv: convolutions that halve the picture and double it back."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from aecore.models.networks.base import ONE_OR_MORE, Activation, Shape
from aecore.models.networks.levels import Levels, channels_field
from aecore.options.shapes import downsampled_sizes

Channels = Annotated[int, Field(ge=1, le=1024)]


class Conv(Levels):
    """Convolutions that look at small neighborhoods; each level halves the picture's sides.

    Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.
    """

    kind: Literal["conv"] = "conv"
    title = "Convolutional"

    channels: Annotated[tuple[Channels, ...], ONE_OR_MORE] = channels_field(32, 32)
    kernel: Literal[3, 5, 7] = Field(3, title="Kernel", description="Side of the square each convolution sees.")
    down: Literal["pool", "stride"] = Field(
        "pool", title="Shrink by", description="The strongest answer of each 2 x 2 square, or every second one."
    )
    up: Literal["upsample", "transpose"] = Field(
        "upsample", title="Grow by", description="Repeat each pixel, or a transposed convolution."
    )
    activation: Activation = Field("relu", title="Activation", description="What follows each convolution.")
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of feature maps silenced at random in each training step."
    )

    def encoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise((input_shape[0], *self.channels)):
            stride = 2 if self.down == "stride" else 1
            layers += [nn.Conv2d(before, after, self.kernel, stride, self.kernel // 2), self.activate()]
            if self.down == "pool":
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            layers += self._dropout()
        return nn.Sequential(*layers)

    def decoder(self, input_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        before = self.channels[-1]
        sizes = downsampled_sizes(input_shape, len(self.channels))
        for (height, width), smaller, after in zip(sizes[-2::-1], sizes[:0:-1], reversed(self.channels), strict=True):
            if self.up == "transpose":
                # An odd side was rounded up when it was halved: one row less comes back.
                extra = (height - 2 * smaller[0] + 1, width - 2 * smaller[1] + 1)
                grow = nn.ConvTranspose2d(before, after, self.kernel, 2, self.kernel // 2, extra)
                layers += [grow, self.activate()]
            else:
                layers += [nn.Conv2d(before, after, self.kernel, 1, self.kernel // 2), self.activate()]
                layers.append(nn.Upsample(size=(height, width)))
            layers += self._dropout()
            before = after
        layers.append(nn.Conv2d(before, input_shape[0], self.kernel, 1, self.kernel // 2))
        return nn.Sequential(*layers)

    def _dropout(self) -> list[nn.Module]:
        return [nn.Dropout2d(self.dropout)] if self.dropout else []
