"""Penalty: the interface of all penalties."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from aecore.models.bottlenecks import Bottleneck
from aecore.options.registry import Option


class Penalty(Option):
    """A term added to the reconstruction loss."""

    #: Whether it needs derivatives of the code with respect to the input, even for evaluation.
    differentiates: ClassVar[bool] = False
    #: Whether it compares the images of a batch with each other, and so needs at least two.
    compares: ClassVar[bool] = False

    @property
    def gaussian_prior(self) -> bool:
        """Whether it pulls the distribution of codes toward N(0, I)."""
        return False

    def check(self, bottleneck: Bottleneck) -> None:
        """Raise `IncompatibleSettings` if the penalty cannot be applied to codes of this bottleneck."""

    def weights(self) -> dict[str, float]:
        """Return the factor of each term from `measure` in the loss."""
        return {}

    def measure(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> dict[str, Tensor]:
        """Return the unweighted terms by name: scalars per image, averaged over the batch.

        Args:
            x: the encoder's input (B, *input_shape); requires a gradient if the penalty `differentiates`.
            z: the codes of x (B, *latent_shape).
            generator: source of the penalty's own draws, on z's device; torch's global one if None.
        """
        return {}
