"""What convolutional networks share: levels, each of which halves the picture's sides."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from aecore.models.networks.base import ONE_OR_MORE, Network, Shape
from aecore.options.shapes import downsampled_sizes, require_images


def channels_field(*default: int) -> Any:
    """The field that says how many feature maps each level has."""
    return Field(
        default,
        min_length=1,
        max_length=5,
        title="Channels",
        description="Feature maps of each level; every level halves height and width.",
        json_schema_extra={"main": True},
    )


class Levels(Network):
    """A network whose features are a map, halved once for each of its `channels`."""

    convolutional = True

    channels: Annotated[tuple[int, ...], ONE_OR_MORE] = channels_field(32, 32)

    def check(self, input_shape: Shape) -> None:
        require_images(self.title, input_shape, "the dense or the recurrent network")
        downsampled_sizes(input_shape, len(self.channels))

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.channels[-1], *downsampled_sizes(input_shape, len(self.channels))[-1])
