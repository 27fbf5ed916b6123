"""Corruption: the interface of all corruptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor

from aecore.data.pixels import batches
from aecore.options.registry import Option
from aecore.options.shapes import Shape, require_images


class Corruption(Option):
    """What is done to an input before it is encoded."""

    #: Whether the input passes unchanged.
    does_nothing: ClassVar[bool] = False
    #: The largest strength worth plotting.
    strongest: ClassVar[float] = 1.0
    #: Whether it applies to images only.
    needs_images: ClassVar[bool] = True

    def check(self, input_shape: Shape) -> None:
        """Raise `IncompatibleSettings` if inputs of this shape cannot be corrupted this way."""
        if self.needs_images:
            require_images(self.title, input_shape, "Gaussian or masking")

    def corrupt(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a corrupted copy of x (B, *input_shape), with the strength from the settings."""
        raise NotImplementedError

    def apply(self, x: Tensor, strength: Tensor | float, generator: torch.Generator | None) -> Tensor:
        """Return a corrupted copy of x.

        Args:
            x: inputs (B, *input_shape); not modified.
            strength: one per input (B,), or one for all; 0 leaves the input unchanged.
            generator: source of randomness, on x's device; torch's global one if None.
        """
        raise NotImplementedError


def corrupted(images: Tensor, corruption: Corruption) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield clean batches, each with its corrupted copy. Every call draws the same noise, for every device."""
    generator = torch.Generator().manual_seed(0)
    for x in batches(images):
        yield x, corruption.corrupt(x.cpu(), generator).to(x.device)
