from __future__ import annotations

import dataclasses
import json
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from aecore.analysis.filters import filters
from aecore.analysis.metrics import BEST_PSNR, psnr_each
from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import NOISY, Point, by_filters, by_model, restore, strengths, sweep, with_noise
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Blur, Corruption, Gaussian
from aecore.options.registry import options_by_kind

NOISES = {kind: option for kind, option in options_by_kind(Corruption).items() if not option.does_nothing}


@pytest.fixture
def model() -> Autoencoder:
    torch.manual_seed(0)
    return RunConfig().build_model()


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
    methods = filters(fit_pca(to_float(digits.training.images)))
    points = list(by_filters(methods, digits.test.images[:20], digits.training.images, Gaussian(), 0.4))
    assert [point.method for point in points] == [NOISY, *(method.title for method in methods)]
    clean, noisy = with_noise(digits.test.images[:20], Gaussian(), 0.4)
    assert points[0].psnr == pytest.approx(float(psnr_each(clean, noisy).mean()))
    assert all(point.psnr > points[0].psnr for point in points[1:])
    assert all(point.setting for point in points[1:])
    reached = by_model("untrained", model, digits.test.images[:20], Gaussian(), 0.4)
    assert reached.psnr == pytest.approx(float(psnr_each(clean, model.eval().reconstruct(noisy)).mean()), abs=1e-3)


@pytest.mark.parametrize("kind", [kind for kind, option in NOISES.items() if option is not Blur])
def test_what_is_lost_stays_lost_while_noise_grows(kind: str) -> None:
    """Pixel by pixel: a slider over strengths must not make one flicker. A blurred one may come back for a moment."""
    noise = NOISES[kind].model_validate({})
    gray = torch.full((4, 1, 28, 28), 128, dtype=torch.uint8)
    off = [noisy - clean for clean, noisy in (with_noise(gray, noise, level) for level in strengths(noise, 21))]
    for weaker, stronger in pairwise(off):
        assert (stronger.abs() >= weaker.abs()).all()
        assert (stronger * weaker >= 0).all(), "no black one turns white"


@pytest.mark.parametrize("kind", NOISES)
def test_every_strength_that_is_looked_at_can_be_trained_with(kind: str) -> None:
    for level in strengths(NOISES[kind].model_validate({}), 7):
        assert NOISES[kind].model_validate({"strength": level}).strength == level


def test_restoring_draws_nothing(digits: Data) -> None:
    """Codes at their means, no dropout, no gradients."""
    model = RunConfig().changed({"network.dropout": 0.5, "bottleneck.kind": "variational"}).build_model().train()
    noisy = to_float(digits.test.images[:4])
    first = restore(model, noisy)
    assert torch.equal(first, restore(model, noisy))
    assert not first.requires_grad
    assert 0 <= float(first.min()) <= float(first.max()) <= 1


def test_points_survive_json_and_without_noise_no_filter_does_harm(digits: Data) -> None:
    methods = filters(fit_pca(to_float(digits.training.images)))
    images, training = digits.test.images[:10], digits.training.images
    for point in by_filters(methods, images, training, Gaussian(), 0.0):
        assert (point.psnr, point.ssim) == pytest.approx((BEST_PSNR, 1))
        assert point.setting in ("", "left as they are")
        assert Point(**json.loads(json.dumps(dataclasses.asdict(point)))) == point


def test_filters_are_tuned_on_other_noise_than_they_are_judged_by(digits: Data) -> None:
    """Even when the pictures are the same; and on as many as wanted."""
    seen: list[Tensor] = []

    class Watched:
        title, settings = "watched", (0,)

        def restore(self, noisy: Tensor, setting: float) -> Tensor:
            seen.append(noisy)
            return noisy

        def told(self, setting: float) -> str:
            return ""

    images = digits.test.images[:6]
    list(by_filters([Watched()], images, images, Gaussian(), 0.3, tuned_on=5))  # type: ignore[list-item]
    tuned, scored = seen
    assert (len(tuned), len(scored)) == (5, 6)
    assert not torch.equal(tuned, scored[:5])
