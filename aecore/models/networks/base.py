"""Network: the contract that every encoder/decoder pair keeps."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BeforeValidator, Field
from torch import nn

from aecore.options.registry import Option
from aecore.options.shapes import Shape as Shape

Activation = Literal["relu", "leaky-relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]
Range = Literal["auto", "sigmoid", "linear"]

#: For a field of several numbers: one number alone will do, as in `--set network.widths=256`.
ONE_OR_MORE = BeforeValidator(lambda given: (given,) if isinstance(given, int) else given)

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
    """What turns a picture into features, and features into a picture."""

    #: Whether convolutions dominate, so that channels-last memory and bfloat16 pay.
    convolutional: ClassVar[bool] = False

    activation: Activation
    output: Range = Field(
        "auto",
        title="Output",
        description="Sigmoid keeps every number between 0 and 1, as pixels are; linear allows any. Auto: sigmoid for "
        "pictures, linear for vectors.",
        json_schema_extra={"labels": {"auto": "Auto", "sigmoid": "Sigmoid", "linear": "Linear"}},
    )

    @property
    def shares_weights(self) -> bool:
        """Whether the decoder uses the encoder's weights."""
        return False

    @property
    def batch_statistics(self) -> bool:
        """Whether a training step needs several pictures at once."""
        return False

    def check(self, input_shape: Shape) -> None:
        """Raise `IncompatibleSettings`, with the reason, if this network cannot read pictures of `input_shape`."""

    def feature_shape(self, input_shape: Shape) -> Shape:
        """Shape of the features of one picture, without the batch."""
        raise NotImplementedError

    def encoder(self, input_shape: Shape) -> nn.Module:
        """Module `(B, *input_shape) -> (B, *feature_shape)`, pixels in [0, 1]."""
        raise NotImplementedError

    def decoder(self, input_shape: Shape) -> nn.Module:
        """Module `(B, *feature_shape) -> (B, *input_shape)`: logits, whose sigmoid is the pixel where `output` says so.

        It starts from activated features. Its last layer with a bias is the one that makes the picture.
        """
        raise NotImplementedError

    def tie(self, encoder: nn.Module, decoder: nn.Module) -> None:
        """Let the decoder use the encoder's weights, where `shares_weights`."""

    def activate(self) -> nn.Module:
        """A new activation module."""
        return _ACTIVATIONS[self.activation]()

    def activate_features(self) -> nn.Module:
        """What follows where a bottleneck leads back to features."""
        return self.activate()
