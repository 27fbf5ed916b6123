from __future__ import annotations

import math

import pytest
import torch
from skimage.metrics import structural_similarity

from aecore.analysis.metrics import (
    EXACT_PSNR,
    MAX_PSNR,
    cross_entropy,
    psnr,
    psnr_per_image,
    squared_error,
    ssim,
    to_logits,
)


def test_squared_error_by_hand() -> None:
    images = torch.tensor([[[[0.0, 1.0]]], [[[0.5, 0.5]]]])
    reconstructions = torch.tensor([[[[0.5, 0.5]]], [[[0.5, 1.0]]]])
    assert squared_error(images, reconstructions).tolist() == [0.5, 0.25]


def test_cross_entropy_by_hand() -> None:
    # -x log p - (1 - x) log (1 - p), with p = 1/2 and p = 3/4
    images = torch.tensor([[[[1.0, 0.0]]], [[[1.0, 0.0]]], [[[0.5, 0.5]]]])
    logits = torch.tensor([[[[0.0, 0.0]]], [[[math.log(3), math.log(3)]]], [[[math.log(3), -math.log(3)]]]])
    expected = [2 * math.log(2), math.log(4 / 3) + math.log(4), -math.log(3 / 16)]
    assert cross_entropy(images, logits).tolist() == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_is_finite_for_large_logits() -> None:
    assert cross_entropy(torch.ones(1, 1), torch.full((1, 1), -500.0)).item() == pytest.approx(500)


@pytest.mark.parametrize(
    ("mse", "decibels"), [(1.0, 0.0), (0.1, 10.0), (0.02, 16.9897), (1e-14, EXACT_PSNR), (0.0, EXACT_PSNR)]
)
def test_psnr(mse: float, decibels: float) -> None:
    assert psnr(mse) == pytest.approx(decibels, abs=1e-4)


def test_logits_are_finite_and_their_sigmoid_is_the_pixel() -> None:
    inside = torch.tensor([0.1, 0.5, 0.9])
    assert torch.allclose(to_logits(inside).sigmoid(), inside)
    outside = to_logits(torch.tensor([-0.5, 0.0, 1.0, 1.5]))
    half_level = 0.5 / 255
    assert outside.sigmoid().tolist() == pytest.approx([half_level] * 2 + [1 - half_level] * 2, abs=1e-6)


def test_psnr_per_image_is_at_most_the_maximum() -> None:
    clean = torch.zeros(3, 1, 2, 2)
    others = torch.stack([clean[0], clean[0] + 0.1, clean[0] + 1])
    assert psnr_per_image(clean, others).tolist() == pytest.approx([MAX_PSNR, 20, 0], abs=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_one_for_equal_images_and_falls_with_noise(channels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(2, channels, 16, 16, generator=generator)
    noise = torch.randn(clean.shape, generator=generator)
    assert ssim(clean, clean).tolist() == pytest.approx([1, 1])
    weak, strong = (ssim(clean, (clean + s * noise).clamp(0, 1)) for s in (0.1, 0.5))
    assert bool((weak < 1).all())
    assert bool((strong < weak).all())


def test_ssim_by_hand() -> None:
    # Constant images have no variance: only the comparison of the means remains, (2ab + c) / (a² + b² + c).
    dark, light, c = 0.2, 0.6, 0.01**2
    images = [torch.full((1, 1, 16, 16), value) for value in (dark, light)]
    assert ssim(*images).item() == pytest.approx((2 * dark * light + c) / (dark**2 + light**2 + c), rel=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_the_mean_of_scikit_image_s_over_channels(channels: int) -> None:
    generator = torch.Generator().manual_seed(0)
    clean, other = torch.rand(2, 3, channels, 24, 24, generator=generator)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    each = [
        sum(structural_similarity(a.numpy(), b.numpy(), **settings) for a, b in zip(x, y, strict=True)) / channels
        for x, y in zip(clean, other, strict=True)
    ]
    assert ssim(clean, other).tolist() == pytest.approx(each, abs=1e-5)
    assert ssim(clean, other).dtype == psnr_per_image(clean, other).dtype == torch.float32


def test_ssim_rejects_images_smaller_than_the_window() -> None:
    assert ssim(torch.zeros(1, 1, 11, 11), torch.zeros(1, 1, 11, 11)).tolist() == [1]
    with pytest.raises(ValueError, match="win_size"):
        ssim(torch.zeros(1, 1, 10, 28), torch.zeros(1, 1, 10, 28))
