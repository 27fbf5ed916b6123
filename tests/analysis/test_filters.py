from __future__ import annotations

import pytest
import torch

from aecore.analysis.filters import Filter, filters, tune
from aecore.analysis.metrics import psnr_each
from aecore.analysis.pca import fit_pca
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import with_noise
from aecore.objectives.corruptions import Corruption, Gaussian, Masking, SaltAndPepper

TITLES = ["Median filter", "Gaussian filter", "Total variation", "Non-local means", "PCA"]


@pytest.fixture(scope="module")
def methods(digits: Data) -> dict[str, Filter]:
    return {method.title: method for method in filters(fit_pca(to_float(digits.training.images)))}


def test_these_are_all(methods: dict[str, Filter]) -> None:
    assert list(methods) == TITLES


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("title", TITLES)
def test_every_filter_keeps_the_contract(methods: dict[str, Filter], title: str, channels: int) -> None:
    method = methods[title]
    if title == "PCA" and channels == 3:
        method = type(method)(fit_pca(torch.rand(40, 3, 28, 28)))  # type: ignore[call-arg]
    pictures = torch.rand(2, channels, 28, 28)
    pictures[1] = 0  # nothing at all
    before = pictures.clone()
    assert method.settings[0] == 0
    assert torch.equal(method.restore(pictures, 0), pictures)
    for setting in method.settings:
        restored = method.restore(pictures, setting)
        assert restored.shape == pictures.shape
        assert restored.dtype == torch.float32
        assert bool(torch.isfinite(restored).all())
        assert 0 <= float(restored.min()) <= float(restored.max()) <= 1
        assert method.told(setting)
    assert torch.equal(pictures, before)


@pytest.mark.parametrize(
    ("title", "noise", "better"),
    [
        ("Median filter", SaltAndPepper(strength=0.2), 6),
        ("Gaussian filter", Gaussian(strength=0.4), 2),
        ("Total variation", Gaussian(strength=0.4), 2),
        ("Non-local means", Gaussian(strength=0.4), 2),
        ("PCA", Gaussian(strength=0.4), 4),
        ("PCA", Masking(strength=0.4), 0.5),
    ],
)
def test_it_takes_noise_away(
    digits: Data, methods: dict[str, Filter], title: str, noise: Corruption, better: float
) -> None:
    method, strength = methods[title], noise.strength  # type: ignore[attr-defined]
    clean, noisy = with_noise(digits.test.images[:30], noise, strength)
    setting = tune(method, *with_noise(digits.training.images[:20], noise, strength))
    gain = psnr_each(clean, method.restore(noisy, setting)) - psnr_each(clean, noisy)
    assert float(gain.mean()) > better


@pytest.mark.parametrize("title", TITLES)
def test_tuning_finds_the_best_and_leaves_clean_pictures_alone(
    digits: Data, methods: dict[str, Filter], title: str
) -> None:
    method = methods[title]
    clean, noisy = with_noise(digits.training.images[:10], Gaussian(), 0.3)
    best = tune(method, clean, noisy)
    reached = {s: float(psnr_each(clean, method.restore(noisy, s)).mean()) for s in method.settings}
    assert reached[best] == max(reached.values())
    assert tune(method, clean, clean) == 0
    assert tune(method, clean, clean + 1e-7) == 0, "all but clean"
    assert best < method.settings[-1], "a setting beyond might be better still, which would flatter the model"
    told = [method.told(setting) for setting in method.settings]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("title", TITLES)
def test_pictures_do_not_influence_each_other(digits: Data, methods: dict[str, Filter], title: str) -> None:
    method = methods[title]
    _, noisy = with_noise(digits.test.images[:3], Gaussian(), 0.3)
    alone = torch.cat([method.restore(picture, method.settings[2]) for picture in noisy.split(1)])
    assert torch.allclose(method.restore(noisy, method.settings[2]), alone, atol=1e-5)


def test_pca_offers_no_more_components_than_there_are(digits: Data) -> None:
    *_, pca = filters(fit_pca(to_float(digits.training.images[:12])))
    assert pca.settings == (0, 4, 8)


def test_the_median_is_the_pixel_in_the_middle(methods: dict[str, Filter]) -> None:
    square = torch.tensor([[0.9, 0.1, 0.2], [0.3, 1.0, 0.4], [0.8, 0.7, 0.6]])[None, None]
    assert methods["Median filter"].restore(square, 3)[0, 0, 1, 1].item() == pytest.approx(0.6)
