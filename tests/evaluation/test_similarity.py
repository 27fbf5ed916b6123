"""The mean SSIM of reconstructions."""

from __future__ import annotations

import pytest
import torch

from aecore.evaluation.similarity import has_ssim, mean_ssim
from aecore.objectives.corruptions import Masking, NoCorruption

IMAGES = (torch.rand(150, 1, 12, 12, generator=torch.Generator().manual_seed(0)) * 255).to(torch.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1, 11, 11), True), ((3, 28, 28), True), ((1, 10, 28), False), ((10,), False)],
)
def test_ssim_needs_images_as_large_as_its_window(shape, expected):
    assert has_ssim(shape) is expected


def test_mean_is_one_for_equal_images_and_less_for_others():
    assert mean_ssim(lambda x: x, IMAGES, NoCorruption()) == pytest.approx(1)
    assert mean_ssim(lambda x: x + 2 * (x - 0.5), IMAGES, NoCorruption()) < 0.9  # clipped
    assert mean_ssim(torch.zeros_like, IMAGES, NoCorruption()) < 0.1


def test_inputs_are_corrupted_and_compared_with_clean_images():
    masked = mean_ssim(lambda x: x, IMAGES, Masking(strength=0.5))
    assert 0 < masked < 0.9
    assert masked == mean_ssim(lambda x: x, IMAGES, Masking(strength=0.5))


def test_progress_counts_images():
    done: list[int] = []
    mean_ssim(lambda x: x, IMAGES, NoCorruption(), done.append)
    assert done == [100, 150]
