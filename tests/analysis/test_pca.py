from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aecore.analysis.metrics import squared_error
from aecore.analysis.pca import PCA, fit_pca
from aecore.data import Data, Mnist, Split
from aecore.data.pixels import to_float
from aecore.evaluation.scores import score_pca


@pytest.fixture(scope="module")
def principal(digits: Data) -> PCA:
    return fit_pca(to_float(digits.training.images))


def test_components_are_orthonormal(principal: PCA) -> None:
    assert principal.components.shape == (784, 784)
    assert torch.allclose(principal.components @ principal.components.T, torch.eye(784), atol=1e-4)


def test_the_first_components_hold_the_most(principal: PCA, digits: Data) -> None:
    x = to_float(digits.training.images)
    errors = [squared_error(x, principal.reconstruct(x, k)).mean().item() for k in (0, 1, 2, 8, 32, 128)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("components", [784, 785, 5000])
def test_as_many_components_as_pixels_are_exact(principal: PCA, digits: Data, components: int) -> None:
    x = to_float(digits.test.images[:50])
    assert torch.allclose(principal.reconstruct(x, components), x, atol=1e-4)


def test_points_on_a_line_need_one_component() -> None:
    line = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    principal = fit_pca(line)
    assert principal.mean.tolist() == [1, 2]
    assert principal.components[0].abs().tolist() == pytest.approx([5**-0.5, 2 * 5**-0.5])
    assert torch.allclose(principal.reconstruct(line, 1), line, atol=1e-6)


def test_fewer_pictures_than_pixels() -> None:
    pictures = torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(fit_pca(pictures).reconstruct(pictures, 12), pictures, atol=1e-4)


@pytest.mark.usefixtures("full_mnist")
def test_known_errors_on_all_of_mnist(tmp_path: Path) -> None:
    """13.87 at 30 components: Hinton and Salakhutdinov, Science 2006. All 60,000 training pictures, none held back."""
    data = Mnist().load()
    images = torch.cat([data.training.images, data.validation.images])
    assert len(images) == 60_000
    fitted = fit_pca(to_float(images))
    test = Split(data.test.images, data.test.labels)
    errors = {k: score_pca(fitted, k, test).sse for k in (2, 8, 16, 30, 32, 64, 128)}
    known = {2: 43.64, 8: 29.35, 16: 21.06, 30: 13.87, 32: 13.19, 64: 7.09, 128: 3.30}
    assert errors == pytest.approx(known, abs=0.006)
