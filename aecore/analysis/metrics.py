"""Reconstruction errors per image. Pixels lie in [0, 1]; sums run over the pixels of one image."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

MAX_PSNR = 60.0  # decibels, an invisible difference; equal images would have an infinite PSNR
EXACT_PSNR = 100.0  # decibels; above it only rounding differs

WINDOW = 11  # pixels: side of SSIM's window, 3.5 standard deviations to each side
_NO_ENERGY = 1e-6  # rounding errors of a uniform image


def squared_error(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Compute the sum of squared errors of each image: (N, ...) and (N, ...) to (N,)."""
    return (images - reconstructions).square().flatten(1).sum(dim=1)


def relative_error(images: Tensor, errors: Tensor) -> Tensor:
    """Divide the squared error of each image by its energy, the sum of squared deviations from its mean brightness.

    0 is a perfect reconstruction, and 1 is as bad as one uniform gray: (N, ...) and (N,) to (N,). A uniform image has
    no energy, so the result is infinite.
    """
    centered = images - images.flatten(1).mean(dim=1).reshape(-1, *[1] * (images.dim() - 1))
    energy = centered.square().flatten(1).sum(dim=1)
    return torch.where(energy > _NO_ENERGY, errors / energy.clamp(min=_NO_ENERGY), torch.inf)


def cross_entropy(images: Tensor, logits: Tensor) -> Tensor:
    """Compute the Bernoulli cross-entropy of each image in nats, summed over its pixels: (N, ...), (N, ...) to (N,).

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix C.1, eq. 11, negated.
    """
    return F.binary_cross_entropy_with_logits(logits, images, reduction="none").flatten(1).sum(dim=1)


def to_logits(pixels: Tensor) -> Tensor:
    """Compute the logits of pixels, after clamping them to [0.5 / 255, 1 - 0.5 / 255].

    The output of a linear method may leave [0, 1]; clamped, it has a finite cross-entropy.
    """
    return torch.logit(pixels, eps=0.5 / 255)


def psnr(mse: float) -> float:
    """Compute the peak signal-to-noise ratio of a mean squared error per pixel, in decibels, at most `EXACT_PSNR`.

    The peak is 1.
    """
    return min(EXACT_PSNR, -10 * math.log10(mse)) if mse > 0 else EXACT_PSNR


def psnr_per_image(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Compute the PSNR of each image in decibels, at most `MAX_PSNR`: (N, ...) and (N, ...) to (N,).

    Denoising papers report the mean over images, as in Zhang et al., Beyond a Gaussian denoiser, 2017.
    """
    mse = (images - reconstructions).square().flatten(1).mean(dim=1)
    return (-10 * mse.log10()).clamp(max=MAX_PSNR)


def ssim(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Compute the structural similarity of each image, 1 for equal images: (N, C, H, W) and (N, C, H, W) to (N,).

    Wang et al., Image quality assessment: from error visibility to structural similarity, 2004, eq. 13 with the paper's
    Gaussian window (sigma 1.5). The mean over channels and over all pixels whose window lies inside of the image, as in
    scikit-image, which computes it image by image.

    Raises:
        ValueError: a side is shorter than the window, 11 pixels.
    """
    from scipy.ndimage import correlate1d  # takes a while to import

    if min(images.shape[-2:]) < WINDOW:
        raise ValueError(
            f"Images of {tuple(images.shape[-2:])} pixels are smaller than SSIM's window, win_size={WINDOW}."
        )
    weights = np.exp(-0.5 * (np.arange(WINDOW) - WINDOW // 2) ** 2 / 1.5**2)
    weights /= weights.sum()
    inside = (..., *[slice(WINDOW // 2, -(WINDOW // 2))] * 2)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        means: NDArray[np.float64] = correlate1d(correlate1d(values, weights, -1), weights, -2)[inside]
        return means

    x, y = (values.detach().cpu().double().numpy() for values in (images, reconstructions))
    mean_x, mean_y = mean(x), mean(y)
    variances = mean(x * x) - mean_x**2 + mean(y * y) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2  # for a range of 1
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    similarity /= (mean_x**2 + mean_y**2 + c1) * (variances + c2)
    return torch.from_numpy(similarity.mean(axis=(1, 2, 3))).float()
