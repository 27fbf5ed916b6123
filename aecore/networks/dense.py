"""Dense: fully connected layers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from aecore.networks.base import ONE_OR_MORE, Activation, Network, Shape

Width = Annotated[int, Field(ge=1, le=8192)]


class Dense(Network):
    """Fully connected layers that narrow toward the code and widen again.

    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006.
    """

    kind: Literal["dense"] = "dense"
    title = "Dense"

    widths: Annotated[tuple[Width, ...], ONE_OR_MORE] = Field(
        (128, 64, 32),
        min_length=1,
        max_length=8,
        title="Layer widths",
        description="Units of each hidden layer on the way to the code; the decoder mirrors them.",
        json_schema_extra={"main": True},
    )
    activation: Activation = Field("relu", title="Activation", description="What follows each hidden layer.")
    dropout: float = Field(
        0.0, ge=0, lt=1, title="Dropout", description="Share of hidden units silenced at random in each training step."
    )

    def feature_shape(self, image_shape: Shape) -> Shape:
        return (self.widths[-1],)

    def encoder(self, image_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise((math.prod(image_shape), *self.widths)):
            layers += [nn.Linear(before, after), self.activate(), *self._dropout()]
        return nn.Sequential(*layers)

    def decoder(self, image_shape: Shape) -> nn.Module:
        layers: list[nn.Module] = []
        for before, after in pairwise((*reversed(self.widths), math.prod(image_shape))):
            layers += [nn.Linear(before, after), self.activate(), *self._dropout()]
        # The last layer makes the picture: no activation, no dropout.
        last = max(i for i, layer in enumerate(layers) if isinstance(layer, nn.Linear))
        return nn.Sequential(*layers[: last + 1], nn.Unflatten(1, image_shape))

    def _dropout(self) -> list[nn.Module]:
        return [nn.Dropout(self.dropout)] if self.dropout else []
