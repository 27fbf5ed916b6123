"""Likelihood: the interface of all likelihoods."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

LEVELS = 256  # values of an 8-bit pixel


class Likelihood(nn.Module):
    """A distribution of the 8-bit value of each channel of each pixel, given the decoder's outputs.

    The decoder has `outputs` channels for each channel of the image, next to each other: logits (B, C * outputs, H, W).
    """

    kind: ClassVar[str]  # the value of `training.loss`
    title: ClassVar[str]
    outputs: ClassVar[int]

    def nats(self, images: Tensor, logits: Tensor) -> Tensor:
        """Compute the negative log-likelihood of each image in nats, summed over its pixels: (B,).

        Args:
            images: pixels in [0, 1], multiples of 1 / 255 (others are rounded), (B, C, H, W).
            logits: (B, C * outputs, H, W), float32.
        """
        raise NotImplementedError

    def mean(self, logits: Tensor) -> Tensor:
        """Compute the mean of each pixel, in [0, 1]: (B, C * outputs, H, W) to (B, C, H, W)."""
        raise NotImplementedError

    def probabilities(self, logits: Tensor) -> Tensor:
        """Compute the probability of each value: (B, C * outputs, H, W) to (B, C, H, W, 256), in the same precision."""
        raise NotImplementedError

    def marginal_logits(self, images: Tensor) -> Tensor:
        """Return logits (C * outputs, H, W) of about the distribution of each pixel in uint8 images (N, C, H, W)."""
        raise NotImplementedError


def likelihoods_by_kind() -> dict[str, type[Likelihood]]:
    """Return all likelihoods by their kind, in the order of definition."""
    return {likelihood.kind: likelihood for likelihood in Likelihood.__subclasses__()}
