from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from aecore.analysis.filters import filters
from aecore.analysis.metrics import psnr_each
from aecore.analysis.pca import fit_pca
from aecore.autoencoder import Autoencoder
from aecore.choices import kinds
from aecore.config import RunConfig
from aecore.corruptions import Corruption, Gaussian
from aecore.datasets import Data
from aecore.denoising import NOISY, by_filters, by_model, strengths, sweep, with_noise
from aecore.evaluation import pixels

NOISES = {kind: option for kind, option in kinds(Corruption).items() if not option.does_nothing}


@pytest.fixture
def model() -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(RunConfig())


@pytest.mark.parametrize("kind", NOISES)
def test_noise_grows_with_its_strength_by_the_same_draws(digits: Data, kind: str) -> None:
    noise = NOISES[kind].model_validate({})
    levels = strengths(noise, 6)
    assert (levels[0], levels[-1]) == (0, noise.strongest)
    assert levels == sorted(levels)
    images = digits.test.images[:40]
    reached = [float(psnr_each(*with_noise(images, noise, level)).mean()) for level in levels]
    assert reached[0] == max(reached)
    assert all(more > less - 0.3 for more, less in pairwise(reached)), reached
    one, other = with_noise(images, noise, levels[3])[1], with_noise(images, noise, levels[3])[1]
    assert torch.equal(one, other)


@pytest.mark.parametrize("kind", NOISES)
def test_a_sweep_is_the_model_on_every_strength(digits: Data, model: Autoencoder, kind: str) -> None:
    noise = NOISES[kind].model_validate({})
    images, levels = digits.test.images[:4], strengths(noise, 3)
    swept = sweep(model, images, noise, levels)
    assert [part.strength for part in swept] == levels
    for part in swept:
        clean, noisy = with_noise(images, noise, part.strength)
        assert torch.equal(part.noisy, noisy)
        assert torch.allclose(part.restored, model.reconstruct(noisy), atol=1e-5)
        assert torch.allclose(part.before.psnr, psnr_each(clean, noisy))
        assert part.after.psnr.shape == part.after.ssim.shape == (4,)
    assert float(swept[0].before.ssim.mean()) == pytest.approx(1)


def test_every_method_is_compared_on_the_same_noise(digits: Data, model: Autoencoder) -> None:
    methods = filters(fit_pca(pixels(digits.training.images)))
    points = list(by_filters(methods, digits.test.images[:20], digits.training.images, Gaussian(), 0.4))
    assert [point.method for point in points] == [NOISY, *(method.title for method in methods)]
    clean, noisy = with_noise(digits.test.images[:20], Gaussian(), 0.4)
    assert points[0].psnr == pytest.approx(float(psnr_each(clean, noisy).mean()))
    assert all(point.psnr > points[0].psnr for point in points[1:])
    assert all(point.setting for point in points[1:])
    reached = by_model("untrained", model, digits.test.images[:20], Gaussian(), 0.4)
    assert reached.psnr == pytest.approx(float(psnr_each(clean, model.eval().reconstruct(noisy)).mean()), abs=1e-3)
