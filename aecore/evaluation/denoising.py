"""Noise of rising strength, what a model makes of it, and what filters make of it that have learned nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.filters import Filter, tune
from aecore.analysis.metrics import psnr_each, ssim
from aecore.data.pixels import batches, to_float
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption

TUNED_ON = 16  # pictures; their mean tells settings apart well enough


@dataclass(frozen=True)
class Quality:
    """How near pictures are to the clean ones, one by one."""

    psnr: Tensor  # (N,) dB
    ssim: Tensor  # (N,)


@dataclass(frozen=True)
class Restored:
    """Pictures with noise of one strength, and restored from it."""

    strength: float
    noisy: Tensor  # (N, C, H, W) in [0, 1]
    restored: Tensor  # (N, C, H, W) in [0, 1]
    before: Quality
    after: Quality


@dataclass(frozen=True)
class Point:
    """What one method reaches at one strength, on average."""

    method: str
    strength: float
    psnr: float  # dB, mean over the pictures
    ssim: float  # mean over the pictures
    setting: str = ""  # of a filter, for a person


def strengths(corruption: Corruption, count: int, least_end: float = 0.0) -> list[float]:
    """So many strengths, 2 or more, from none to the greatest one worth looking at, or `least_end` if it is greater."""
    end = max(corruption.strongest, least_end)
    return [round(end * i / (count - 1), 4) for i in range(count)]


def with_noise(images: Tensor, corruption: Corruption, strength: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """uint8 pictures (N, C, H, W) as floats, clean and with noise; the same draws at every strength, so noise grows."""
    x = to_float(images)
    return x, corruption.apply(x, strength, torch.Generator().manual_seed(seed))


@torch.inference_mode()
def restore(model: Autoencoder, noisy: Tensor) -> Tensor:
    """What a model makes of noisy pictures (N, C, H, W) in [0, 1]."""
    model.eval()
    device = next(model.parameters()).device
    return torch.cat([model.reconstruct(x.to(device)).cpu() for x in batches(noisy)])


def sweep(model: Autoencoder, images: Tensor, corruption: Corruption, levels: Sequence[float]) -> list[Restored]:
    """Pictures (N, C, H, W) uint8 with noise of each strength, and what a model makes of them, at one go."""
    pairs = [with_noise(images, corruption, strength) for strength in levels]
    answers = torch.split(restore(model, torch.cat([noisy for _, noisy in pairs])), len(images))
    return [
        Restored(strength, noisy, answer, quality(clean, noisy), quality(clean, answer))
        for strength, (clean, noisy), answer in zip(levels, pairs, answers, strict=True)
    ]


def quality(clean: Tensor, pictures: Tensor) -> Quality:
    """PSNR and SSIM of each picture (N, C, H, W)."""
    return Quality(psnr_each(clean, pictures), ssim(clean, pictures))


def by_model(name: str, model: Autoencoder, images: Tensor, corruption: Corruption, level: float) -> Point:
    """What a model reaches at one strength on test pictures (N, C, H, W) uint8."""
    clean, noisy = with_noise(images, corruption, level)
    return _point(name, level, clean, restore(model, noisy))


def by_filters(
    methods: Sequence[Filter],
    images: Tensor,
    training: Tensor,
    corruption: Corruption,
    level: float,
    tuned_on: int = TUNED_ON,
) -> Iterator[Point]:
    """What noise leaves, and what each filter reaches, at one strength.

    Args:
        methods: the filters; each is tuned for this very noise on training pictures, which is more than a model gets
            that learned at another strength.
        images: test pictures (N, C, H, W) uint8.
        training: clean pictures to tune on; a few suffice.
        corruption: the kind of noise.
        level: its strength.
        tuned_on: how many of the training pictures are tuned on.
    """
    clean, noisy = with_noise(images, corruption, level)
    yield _point(NOISY, level, clean, noisy)
    tuning = with_noise(training[:tuned_on], corruption, level, seed=1)
    for method in methods:
        setting = tune(method, *tuning)
        yield _point(method.title, level, clean, method.restore(noisy, setting), method.told(setting))


NOISY = "Noisy, untouched"


def _point(name: str, level: float, clean: Tensor, pictures: Tensor, setting: str = "") -> Point:
    reached = quality(clean, pictures)
    return Point(name, level, float(reached.psnr.mean()), float(reached.ssim.mean()), setting)
