from __future__ import annotations

import pytest
import torch

from aecore.analysis.filters import Filter, classical_filters, tune
from aecore.analysis.metrics import psnr_per_image
from aecore.analysis.pca import fit_pca
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import add_noise
from aecore.objectives.corruptions import Corruption, Gaussian, Masking, SaltAndPepper

TITLES = ["Median filter", "Gaussian filter", "Total variation", "Non-local means", "PCA"]


@pytest.fixture(scope="module")
def methods(digits: Data) -> dict[str, Filter]:
    return {method.title: method for method in classical_filters(fit_pca(to_float(digits.training.images)))}


def test_lists_all_filters(methods: dict[str, Filter]) -> None:
    assert list(methods) == TITLES


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("title", TITLES)
def test_filter_fulfills_the_contract(methods: dict[str, Filter], title: str, channels: int) -> None:
    method = methods[title]
    if title == "PCA" and channels == 3:
        method = type(method)(fit_pca(torch.rand(40, 3, 28, 28)))  # type: ignore[call-arg]
    images = torch.rand(2, channels, 28, 28)
    images[1] = 0  # constant
    before = images.clone()
    assert method.settings[0] == 0
    assert torch.equal(method.denoise(images, 0), images)
    for setting in method.settings:
        denoised = method.denoise(images, setting)
        assert denoised.shape == images.shape
        assert denoised.dtype == torch.float32
        assert bool(torch.isfinite(denoised).all())
        assert 0 <= float(denoised.min()) <= float(denoised.max()) <= 1
        assert method.label(setting)
    assert torch.equal(images, before)


@pytest.mark.parametrize(
    ("title", "noise", "min_gain"),
    [
        ("Median filter", SaltAndPepper(strength=0.2), 6),
        ("Gaussian filter", Gaussian(strength=0.4), 2),
        ("Total variation", Gaussian(strength=0.4), 2),
        ("Non-local means", Gaussian(strength=0.4), 2),
        ("PCA", Gaussian(strength=0.4), 4),
        ("PCA", Masking(strength=0.4), 0.5),
    ],
)
def test_filter_reduces_noise(
    digits: Data, methods: dict[str, Filter], title: str, noise: Corruption, min_gain: float
) -> None:
    method, strength = methods[title], noise.strength  # type: ignore[attr-defined]
    clean, noisy = add_noise(digits.test.images[:30], noise, strength)
    setting = tune(method, *add_noise(digits.training.images[:20], noise, strength))
    gain = psnr_per_image(clean, method.denoise(noisy, setting)) - psnr_per_image(clean, noisy)
    assert float(gain.mean()) > min_gain


@pytest.mark.parametrize("title", TITLES)
def test_tuning_finds_the_best_setting_and_leaves_clean_images_unchanged(
    digits: Data, methods: dict[str, Filter], title: str
) -> None:
    method = methods[title]
    clean, noisy = add_noise(digits.training.images[:10], Gaussian(), 0.3)
    best = tune(method, clean, noisy)
    scores = {s: float(psnr_per_image(clean, method.denoise(noisy, s)).mean()) for s in method.settings}
    assert scores[best] == max(scores.values())
    assert tune(method, clean, clean) == 0
    assert tune(method, clean, clean + 1e-7) == 0, "almost clean"
    assert best < method.settings[-1], "the grid must include the best setting, or the comparison favors the model"
    labels = [method.label(setting) for setting in method.settings]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("title", TITLES)
def test_images_are_filtered_independently(digits: Data, methods: dict[str, Filter], title: str) -> None:
    method = methods[title]
    _, noisy = add_noise(digits.test.images[:3], Gaussian(), 0.3)
    separate = torch.cat([method.denoise(image, method.settings[2]) for image in noisy.split(1)])
    assert torch.allclose(method.denoise(noisy, method.settings[2]), separate, atol=1e-5)


def test_pca_settings_are_limited_to_its_components(digits: Data) -> None:
    *_, pca = classical_filters(fit_pca(to_float(digits.training.images[:12])))
    assert pca.settings == (0, 4, 8)


def test_median_of_a_square(methods: dict[str, Filter]) -> None:
    square = torch.tensor([[0.9, 0.1, 0.2], [0.3, 1.0, 0.4], [0.8, 0.7, 0.6]])[None, None]
    assert methods["Median filter"].denoise(square, 3)[0, 0, 1, 1].item() == pytest.approx(0.6)
