"""Network: the contract that every encoder/decoder pair keeps."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BeforeValidator
from torch import nn

from aecore.choices import Choice

Shape = tuple[int, ...]
Activation = Literal["relu", "leaky-relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]

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


class Network(Choice):
    """What turns a picture into features, and features into a picture."""

    #: Whether convolutions dominate, so that channels-last memory and bfloat16 pay.
    convolutional: ClassVar[bool] = False

    activation: Activation

    def check(self, image_shape: Shape) -> None:
        """Raise `Impossible`, with the reason, if this network cannot read pictures of `image_shape`."""

    def feature_shape(self, image_shape: Shape) -> Shape:
        """Shape of the features of one picture, without the batch."""
        raise NotImplementedError

    def encoder(self, image_shape: Shape) -> nn.Module:
        """Module `(B, *image_shape) -> (B, *feature_shape)`, pixels in [0, 1]."""
        raise NotImplementedError

    def decoder(self, image_shape: Shape) -> nn.Module:
        """Module `(B, *feature_shape) -> (B, *image_shape)`: logits, whose sigmoid is the pixel.

        It starts from activated features. Its last layer with a bias is the one that makes the picture.
        """
        raise NotImplementedError

    def activate(self) -> nn.Module:
        """A new activation module, also used where a bottleneck leads back to features."""
        return _ACTIVATIONS[self.activation]()
