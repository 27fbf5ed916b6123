"""Attention: a transformer over the patches of an image."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.errors import IncompatibleSettings
from aecore.models.networks.base import Activation, Network, Shape
from aecore.options.shapes import require_images


class Attention(Network):
    """A transformer: the image is divided into patches, and each patch attends to all others.

    Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021; its decoder: He et al., Masked autoencoders are
    scalable vision learners, CVPR 2022.
    """

    kind: Literal["attention"] = "attention"
    title = "Attention"

    patch: int = Field(
        4, ge=2, le=32, title="Patch size", description="Side of each square patch, in pixels.",
        json_schema_extra={"main": True},
    )  # fmt: skip
    width: int = Field(
        64, ge=4, le=512, title="Width", description="Embedding dimension of each patch.",
        json_schema_extra={"main": True, "stops": [16, 32, 64, 96, 128, 192, 256, 384, 512]},
    )  # fmt: skip
    heads: Literal[1, 2, 4, 8, 16] = Field(
        4, title="Heads", description="Attention heads in each layer; they divide the width evenly."
    )
    layers: int = Field(
        2, ge=1, le=8, title="Layers", description="Transformer layers in the encoder, and as many in the decoder."
    )
    activation: Activation = Field(
        "gelu", title="Activation", description="Nonlinearity in each layer's feed-forward part."
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Dropout",
        description="Fraction of activations set to 0 at random in each training step.",
    )

    def check(self, input_shape: Shape) -> None:
        require_images(self.title, input_shape, "the dense or the recurrent network")
        if self.width % self.heads:
            raise IncompatibleSettings(
                f"Width is {self.width}, which {self.heads} heads cannot divide evenly; "
                f"choose {-(-self.width // self.heads) * self.heads}, or fewer heads.",
                "width",
            )
        _, height, width = input_shape
        if self.patch > min(height, width):
            raise IncompatibleSettings(
                f"Patch size is {self.patch} pixels, and the image has only {height} x {width}; "
                f"choose {min(height, width)} or less.",
                "patch",
            )

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.width, *self._grid(input_shape))

    def encoder(self, input_shape: Shape) -> nn.Module:
        grid, (right, bottom) = self._grid(input_shape), self._padding(input_shape)
        embed = nn.Conv2d(input_shape[0], self.width, self.patch, stride=self.patch)
        return nn.Sequential(nn.ZeroPad2d((0, right, 0, bottom)), embed, *self._transformer(grid), _Grid(grid))

    def decoder(self, input_shape: Shape) -> nn.Module:
        grid, (right, bottom) = self._grid(input_shape), self._padding(input_shape)
        to_pixels = nn.Linear(self.width, input_shape[0] * self.patch**2)
        return nn.Sequential(
            *self._transformer(grid),  # (B, N, width)
            to_pixels,  # (B, N, C * patch * patch)
            _Grid(grid),
            nn.PixelShuffle(self.patch),
            nn.ZeroPad2d((0, -right, 0, -bottom)),  # negative padding crops
        )

    def activate_features(self) -> nn.Module:
        return nn.Identity()  # a patch embedding may be negative: only the feed-forward parts are activated

    def _grid(self, input_shape: Shape) -> tuple[int, int]:
        """Rows and columns of patches; the last ones may extend beyond the image."""
        return -(-input_shape[1] // self.patch), -(-input_shape[2] // self.patch)

    def _padding(self, input_shape: Shape) -> tuple[int, int]:
        """Pixels by which the patches extend beyond the image, right and bottom."""
        return -input_shape[2] % self.patch, -input_shape[1] % self.patch

    def _transformer(self, grid: tuple[int, int]) -> list[nn.Module]:
        """(B, width, *grid) to (B, N, width)."""
        layers = [
            nn.TransformerEncoderLayer(
                self.width,
                self.heads,
                dim_feedforward=4 * self.width,
                dropout=self.dropout,
                activation=self.activate(),
                batch_first=True,
                norm_first=True,
            )
            for _ in range(self.layers)
        ]
        return [_Patches(self.width, grid), *layers, nn.LayerNorm(self.width)]


class _Patches(nn.Module):
    """Add position embeddings and flatten the grid: (B, width, *grid) to (B, N, width)."""

    summary_name = "patches"

    def __init__(self, width: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.places = nn.Parameter(0.02 * torch.randn(width, *grid))

    def forward(self, x: Tensor) -> Tensor:
        return (x + self.places).flatten(2).transpose(1, 2)


class _Grid(nn.Module):
    """Arrange patches as a grid: (B, N, D) to (B, D, *grid)."""

    def __init__(self, grid: tuple[int, int]) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).reshape(x.shape[0], -1, *self.grid)
