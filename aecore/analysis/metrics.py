"""How far a reconstruction is from its picture. Pixels lie in [0, 1]; sums run over the pixels of one picture."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

BEST_PSNR = 60.0  # decibels; a difference too small to see, where the same picture would have infinitely many


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
    """The logits whose sigmoid is `pixels`, each first brought inside (0, 1) by half a gray level of 8 bits.

    So a linear method's answer, which may leave [0, 1], has a finite cross-entropy.
    """
    return torch.logit(pixels, eps=0.5 / 255)


def psnr_each(pictures: Tensor, reconstructions: Tensor) -> Tensor:
    """PSNR of each picture in decibels: (N, ...) and (N, ...) to (N,); at most `BEST_PSNR`, so that a mean is a number.

    Denoising papers report the mean of these, as in Zhang et al., Beyond a Gaussian denoiser, 2017.
    """
    mse = (pictures - reconstructions).square().flatten(1).mean(dim=1)
    return (-10 * mse.log10()).clamp(max=BEST_PSNR)


def ssim(pictures: Tensor, reconstructions: Tensor) -> Tensor:
    """Structural similarity of each picture, 1 for the same: (N, C, H, W) and (N, C, H, W) to (N,).

    Wang et al., Image quality assessment: from error visibility to structural similarity, 2004, with their Gaussian
    window of deviation 1.5; by scikit-image. The mean over channels.

    Raises:
        ValueError: a side is less than 11 pixels, the window's own.
    """
    from skimage.metrics import structural_similarity  # half a second of imports, for one page

    settings: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    both = zip(pictures.cpu().numpy(), reconstructions.cpu().numpy(), strict=True)
    each = [structural_similarity(x, y, data_range=1.0, channel_axis=0, **settings) for x, y in both]
    return torch.tensor(each, dtype=torch.float32)
