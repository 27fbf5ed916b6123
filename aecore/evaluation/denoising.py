"""Denoising quality of models and of classical filters, over noise strengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.filters import Filter, tune
from aecore.analysis.metrics import psnr_per_image, ssim
from aecore.data.inputs import Values, as_examples, as_tensor
from aecore.data.pixels import batches, to_float
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption

TUNING_IMAGES = 16  # enough for the mean PSNR to rank the settings of a filter
NOISY_INPUT = "Noisy input"


@dataclass(frozen=True)
class Quality:
    """Similarity of each image to the clean one."""

    psnr: Tensor  # (N,) dB
    ssim: Tensor  # (N,)


@dataclass(frozen=True)
class Denoised:
    """Images with noise of one strength, and their reconstructions."""

    strength: float
    noisy: Tensor  # (N, C, H, W) in [0, 1]
    denoised: Tensor  # (N, C, H, W) in [0, 1]
    noisy_quality: Quality
    denoised_quality: Quality


@dataclass(frozen=True)
class MethodScore:
    """Mean quality of one method at one strength."""

    method: str
    strength: float
    psnr: float  # dB, mean over the images
    ssim: float  # mean over the images
    setting: str = ""  # of a filter, for display


def strength_levels(corruption: Corruption, count: int, min_end: float = 0.0) -> list[float]:
    """Compute evenly spaced strengths from 0 to the corruption's strongest.

    Args:
        corruption: the kind of noise.
        count: number of strengths, 2 or more.
        min_end: lower bound of the last strength.
    """
    end = max(corruption.strongest, min_end)
    return [round(end * i / (count - 1), 4) for i in range(count)]


def add_noise(images: Values, corruption: Corruption, strength: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return images (N, C, H, W) uint8 as floats, clean and noisy.

    Every strength uses the same random draws, so that noise grows with the strength.
    """
    x = to_float(as_tensor(images, "images"))
    return x, corruption.apply(x.cpu(), strength, torch.Generator().manual_seed(seed)).to(x.device)


def denoise(model: Autoencoder, noisy: Values) -> Tensor:
    """Reconstruct noisy images (N, C, H, W) in [0, 1], in batches."""
    return torch.cat([model.reconstruct(x) for x in batches(as_examples(noisy, model.input_shape))])


def sweep_strengths(
    model: Autoencoder, images: Tensor, corruption: Corruption, strengths: Sequence[float]
) -> list[Denoised]:
    """Denoise images (N, C, H, W) uint8 at each strength, all in one pass."""
    pairs = [add_noise(images, corruption, strength) for strength in strengths]
    outputs = torch.split(denoise(model, torch.cat([noisy for _, noisy in pairs])), len(images))
    return [
        Denoised(strength, noisy, output, quality(clean, noisy), quality(clean, output))
        for strength, (clean, noisy), output in zip(strengths, pairs, outputs, strict=True)
    ]


def quality(clean: Tensor, images: Tensor) -> Quality:
    """Compute PSNR and SSIM of each image (N, C, H, W)."""
    return Quality(psnr_per_image(clean, images), ssim(clean, images))


def score_denoiser(
    name: str, model: Autoencoder, images: Tensor, corruption: Corruption, strength: float
) -> MethodScore:
    """Score a model on test images (N, C, H, W) uint8 with noise of one strength."""
    clean, noisy = add_noise(images, corruption, strength)
    return _mean_score(name, strength, clean, denoise(model, noisy))


def score_filters(
    filters: Sequence[Filter],
    images: Tensor,
    training: Tensor,
    corruption: Corruption,
    strength: float,
    tuning_images: int = TUNING_IMAGES,
) -> Iterator[MethodScore]:
    """Score the noisy images and each filter at one strength.

    Each filter is tuned for this noise and strength on training images, an advantage over a model trained at another
    strength.

    Args:
        filters: the filters.
        images: test images (N, C, H, W) uint8.
        training: clean images (M, C, H, W) uint8 to tune on.
        corruption: the kind of noise.
        strength: its strength.
        tuning_images: number of training images to tune on.
    """
    clean, noisy = add_noise(images, corruption, strength)
    yield _mean_score(NOISY_INPUT, strength, clean, noisy)
    tuning = add_noise(training[:tuning_images], corruption, strength, seed=1)
    for method in filters:
        setting = tune(method, *tuning)
        yield _mean_score(method.title, strength, clean, method.denoise(noisy, setting), method.label(setting))


def _mean_score(name: str, strength: float, clean: Tensor, images: Tensor, setting: str = "") -> MethodScore:
    scores = quality(clean, images)
    return MethodScore(name, strength, float(scores.psnr.mean()), float(scores.ssim.mean()), setting)
