from __future__ import annotations

import dataclasses
import json
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from aecore.analysis.filters import classical_filters
from aecore.analysis.metrics import MAX_PSNR, psnr_per_image
from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import (
    NOISY_INPUT,
    MethodScore,
    add_noise,
    denoise,
    score_denoiser,
    score_filters,
    strength_levels,
    sweep_strengths,
)
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Blur, Corruption, Gaussian
from aecore.objectives.corruptions.affine import Affine
from aecore.options.registry import options_by_kind

NOISES = {kind: option for kind, option in options_by_kind(Corruption).items() if not option.does_nothing}


@pytest.fixture
def model() -> Autoencoder:
    torch.manual_seed(0)
    return RunConfig().build_model()


@pytest.mark.parametrize("kind", NOISES)
def test_noise_grows_with_the_strength_and_is_reproducible(digits: Data, kind: str) -> None:
    noise = NOISES[kind].model_validate({})
    strengths = strength_levels(noise, 6)
    assert (strengths[0], strengths[-1]) == (0, noise.strongest)
    assert strengths == sorted(strengths)
    images = digits.test.images[:40]
    psnr = [float(psnr_per_image(*add_noise(images, noise, strength)).mean()) for strength in strengths]
    assert psnr[0] == max(psnr)
    assert all(weaker > stronger - 0.3 for weaker, stronger in pairwise(psnr)), psnr
    first, second = (add_noise(images, noise, strengths[3])[1] for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("kind", NOISES)
def test_sweep_equals_the_model_at_each_strength(digits: Data, model: Autoencoder, kind: str) -> None:
    noise = NOISES[kind].model_validate({})
    images, strengths = digits.test.images[:4], strength_levels(noise, 3)
    swept = sweep_strengths(model, images, noise, strengths)
    assert [level.strength for level in swept] == strengths
    for level in swept:
        clean, noisy = add_noise(images, noise, level.strength)
        assert torch.equal(level.noisy, noisy)
        assert torch.allclose(level.denoised, model.reconstruct(noisy), atol=1e-5)
        assert torch.allclose(level.noisy_quality.psnr, psnr_per_image(clean, noisy))
        assert level.denoised_quality.psnr.shape == level.denoised_quality.ssim.shape == (4,)
    assert float(swept[0].noisy_quality.ssim.mean()) == pytest.approx(1)


def test_compares_all_methods_on_the_same_noise(digits: Data, model: Autoencoder) -> None:
    filters = classical_filters(fit_pca(to_float(digits.training.images)))
    scores = list(score_filters(filters, digits.test.images[:20], digits.training.images, Gaussian(), 0.4))
    assert [score.method for score in scores] == [NOISY_INPUT, *(method.title for method in filters)]
    clean, noisy = add_noise(digits.test.images[:20], Gaussian(), 0.4)
    assert scores[0].psnr == pytest.approx(float(psnr_per_image(clean, noisy).mean()))
    assert all(score.psnr > scores[0].psnr for score in scores[1:])
    assert all(score.setting for score in scores[1:])
    score = score_denoiser("untrained", model, digits.test.images[:20], Gaussian(), 0.4)
    expected = float(psnr_per_image(clean, model.eval().reconstruct(noisy)).mean())
    assert score.psnr == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("kind", [kind for kind, option in NOISES.items() if option not in (Blur, Affine)])
def test_each_pixel_changes_monotonically_with_the_strength(kind: str) -> None:
    """Otherwise pixels flicker under a strength slider. Blurred and moved pixels may return to their value."""
    noise = NOISES[kind].model_validate({})
    gray = torch.full((4, 1, 28, 28), 128, dtype=torch.uint8)
    changes = [noisy - clean for clean, noisy in (add_noise(gray, noise, s) for s in strength_levels(noise, 21))]
    for weaker, stronger in pairwise(changes):
        assert (stronger.abs() >= weaker.abs()).all()
        assert (stronger * weaker >= 0).all(), "no black pixel turns white"


@pytest.mark.parametrize("kind", NOISES)
def test_every_strength_level_is_a_valid_setting(kind: str) -> None:
    for strength in strength_levels(NOISES[kind].model_validate({}), 7):
        assert NOISES[kind].model_validate({"strength": strength}).strength == strength


def test_denoising_is_deterministic(digits: Data) -> None:
    """Mean codes, no dropout, no gradients."""
    model = RunConfig().changed({"network.dropout": 0.5, "bottleneck.kind": "variational"}).build_model().train()
    noisy = to_float(digits.test.images[:4])
    first = denoise(model, noisy)
    assert torch.equal(first, denoise(model, noisy))
    assert not first.requires_grad
    assert 0 <= float(first.min()) <= float(first.max()) <= 1


def test_filters_leave_clean_images_unchanged_and_scores_survive_json(digits: Data) -> None:
    filters = classical_filters(fit_pca(to_float(digits.training.images)))
    images, training = digits.test.images[:10], digits.training.images
    for score in score_filters(filters, images, training, Gaussian(), 0.0):
        assert (score.psnr, score.ssim) == pytest.approx((MAX_PSNR, 1))
        assert score.setting in ("", "unchanged")
        assert MethodScore(**json.loads(json.dumps(dataclasses.asdict(score)))) == score


def test_filters_are_tuned_on_other_noise_than_they_are_scored_on(digits: Data) -> None:
    """Even for the same images; on the given number of images."""
    inputs: list[Tensor] = []

    class RecordingFilter:
        title, settings = "recording", (0,)

        def denoise(self, noisy: Tensor, setting: float) -> Tensor:
            inputs.append(noisy)
            return noisy

        def label(self, setting: float) -> str:
            return ""

    images = digits.test.images[:6]
    list(score_filters([RecordingFilter()], images, images, Gaussian(), 0.3, tuning_images=5))  # type: ignore[list-item]
    tuned, scored = inputs
    assert (len(tuned), len(scored)) == (5, 6)
    assert not torch.equal(tuned, scored[:5])
