"""Network: the interface of all networks, each an encoder and its decoder."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from aecore.options.registry import Option
from aecore.options.shapes import Shape as Shape

Activation = Literal["relu", "leaky-relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]
Range = Literal["auto", "sigmoid", "linear"]

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "none": nn.Identity,
}


class Network(Option):
    """The encoder, which converts an image to features, and the decoder, which converts features to an image."""

    #: Whether convolutions dominate the cost, so that channels-last memory and bfloat16 help.
    convolutional: ClassVar[bool] = False

    activation: Activation
    output: Range = Field(
        "auto",
        title="Output",
        description="Sigmoid limits the output to [0, 1], the range of pixels; linear does not limit it. Auto: sigmoid "
        "for images, linear for vectors.",
        json_schema_extra={"labels": {"auto": "Auto", "sigmoid": "Sigmoid", "linear": "Linear"}},
    )

    @property
    def shares_weights(self) -> bool:
        """Whether the decoder uses the encoder's weights."""
        return False

    @property
    def batch_statistics(self) -> bool:
        """Whether a training step needs more than one image."""
        return False

    def gains_from_bfloat16(self, input_shape: Shape, batch_size: int) -> bool:
        """Return whether a training step is faster in bfloat16, on a processor with instructions for it."""
        return self.convolutional  # measured: 70% more images/s

    def check(self, input_shape: Shape) -> None:
        """Raise `IncompatibleSettings` if the network cannot process examples of `input_shape`."""

    def feature_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the features of one example, without the batch."""
        raise NotImplementedError

    def encoder(self, input_shape: Shape) -> nn.Module:
        """Build the module `(B, *input_shape) -> (B, *feature_shape)`; pixels are in [0, 1]."""
        raise NotImplementedError

    def decoder(self, input_shape: Shape) -> nn.Module:
        """Build the module `(B, *feature_shape) -> (B, *input_shape)`.

        Its input is activated features. Its output is logits; their sigmoid is the pixel, unless the output is linear.
        Its last layer with a bias produces the output.
        """
        raise NotImplementedError

    def tie(self, encoder: nn.Module, decoder: nn.Module) -> None:
        """Replace the decoder's weights by the encoder's, if `shares_weights`."""

    def activate(self) -> nn.Module:
        """Build the activation module."""
        return _ACTIVATIONS[self.activation]()

    def activate_features(self) -> nn.Module:
        """Build the activation that follows the bottleneck's layer back to features."""
        return self.activate()
