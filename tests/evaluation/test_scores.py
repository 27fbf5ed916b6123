from __future__ import annotations

import pytest
import torch

from aecore.analysis.metrics import EXACT_PSNR, cross_entropy, squared_error
from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data, Split
from aecore.data.pixels import batches, to_float
from aecore.evaluation.scores import score_model, score_pca


def test_model_scores_are_means_over_images(digits: Data) -> None:
    model = RunConfig().build_model().eval()
    scores = score_model(model, digits.test)
    x = to_float(digits.test.images)
    with torch.no_grad():
        logits = model(x).logits
    assert scores.sse == pytest.approx(squared_error(x, logits.sigmoid()).mean().item(), rel=1e-5)
    assert scores.mse == pytest.approx(scores.sse / 784)
    assert scores.bce == pytest.approx(cross_entropy(x, logits).mean().item() / 784, rel=1e-5)
    assert scores.psnr == pytest.approx(-10 * torch.tensor(scores.mse).log10().item(), rel=1e-4)
    assert scores.as_dict().keys() == {"mse", "sse", "bce", "psnr"}


def test_scores_stochastic_codes_at_their_mean(digits: Data) -> None:
    model = RunConfig().changed({"bottleneck.kind": "variational"}).build_model()
    assert score_model(model, digits.test) == score_model(model, digits.test)


def test_pca_with_all_components_is_nearly_exact(digits: Data) -> None:
    scores = score_pca(fit_pca(to_float(digits.training.images)), 784, digits.test)
    assert scores.sse < 1e-4
    assert 0 < scores.bce < 0.2


def test_pca_of_equal_images_is_exact_and_finite() -> None:
    images = torch.zeros(12, 1, 2, 2, dtype=torch.uint8)
    scores = score_pca(fit_pca(to_float(images)), 1, Split(images, torch.zeros(12)))
    assert (scores.mse, scores.psnr) == (0, EXACT_PSNR)


def test_pca_without_components_returns_the_mean_image(digits: Data) -> None:
    x = to_float(digits.training.images)
    scores = score_pca(fit_pca(x), 0, digits.test)
    expected = (to_float(digits.test.images) - x.mean(dim=0)).square().sum(dim=(1, 2, 3)).mean()
    assert scores.sse == pytest.approx(expected.item(), rel=1e-4)


def test_batches_cover_every_image_once() -> None:
    images = torch.arange(25, dtype=torch.uint8).reshape(25, 1, 1, 1)
    image_batches = list(batches(images, 10))
    assert [len(batch) for batch in image_batches] == [10, 10, 5]
    assert torch.equal(torch.cat(image_batches), to_float(images))
    assert to_float(Split(images).images).max() <= 1
