"""Levels: the base of convolutional networks, whose levels each halve the image's sides."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from aecore.models.networks.base import Network, Shape
from aecore.options.registry import ONE_OR_MORE
from aecore.options.shapes import downsampled_sizes, require_images


def channels_field(*default: int) -> Any:
    """Return the field for the number of feature maps at each level."""
    return Field(
        default,
        min_length=1,
        max_length=5,
        title="Channels",
        description="Feature maps at each level; each level halves height and width.",
        json_schema_extra={"main": True},
    )


class Levels(Network):
    """A network whose features are a feature map, halved once per entry of `channels`."""

    convolutional = True

    channels: Annotated[tuple[int, ...], ONE_OR_MORE] = channels_field(32, 32)

    def check(self, input_shape: Shape) -> None:
        require_images(self.title, input_shape, "the dense or the recurrent network")
        downsampled_sizes(input_shape, len(self.channels))

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.channels[-1], *downsampled_sizes(input_shape, len(self.channels))[-1])
