"""How far a reconstruction is from its picture. Pixels lie in [0, 1]; sums run over the pixels of one picture."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def squared_error(pictures: Tensor, reconstructions: Tensor) -> Tensor:
    """Sum of squared errors of each picture: (N, ...) and (N, ...) to (N,)."""
    return (pictures - reconstructions).square().flatten(1).sum(dim=1)


def cross_entropy(pictures: Tensor, logits: Tensor) -> Tensor:
    """Bernoulli cross-entropy of each picture in nats, summed over its pixels: (N, ...) and (N, ...) to (N,).

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix C.1, eq. 11 (with its sign turned).
    """
    return F.binary_cross_entropy_with_logits(logits, pictures, reduction="none").flatten(1).sum(dim=1)


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in decibels for a mean squared error per pixel; the peak is 1."""
    return math.inf if mse <= 0 else -10 * math.log10(mse)


def logits_of(pixels: Tensor) -> Tensor:
    """The logits whose sigmoid is `pixels`, each first brought inside (0, 1) by half a grey level of 8 bits.

    So a linear method's answer, which may leave [0, 1], has a finite cross-entropy.
    """
    return torch.logit(pixels, eps=0.5 / 255)
