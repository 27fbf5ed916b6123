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
def pca(digits: Data) -> PCA:
    return fit_pca(to_float(digits.training.images))


def test_components_are_orthonormal(pca: PCA) -> None:
    assert pca.components.shape == (784, 784)
    assert torch.allclose(pca.components @ pca.components.T, torch.eye(784), atol=1e-4)


def test_error_falls_with_the_number_of_components(pca: PCA, digits: Data) -> None:
    x = to_float(digits.training.images)
    errors = [squared_error(x, pca.reconstruct(x, k)).mean().item() for k in (0, 1, 2, 8, 32, 128)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("components", [784, 785, 5000])
def test_all_components_reconstruct_exactly(pca: PCA, digits: Data, components: int) -> None:
    x = to_float(digits.test.images[:50])
    assert torch.allclose(pca.reconstruct(x, components), x, atol=1e-4)


def test_one_component_reconstructs_points_on_a_line() -> None:
    line = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    pca = fit_pca(line)
    assert pca.mean.tolist() == [1, 2]
    assert pca.components[0].abs().tolist() == pytest.approx([5**-0.5, 2 * 5**-0.5])
    assert torch.allclose(pca.reconstruct(line, 1), line, atol=1e-6)


def test_fits_fewer_images_than_pixels() -> None:
    images = torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(fit_pca(images).reconstruct(images, 12), images, atol=1e-4)


@pytest.mark.usefixtures("full_mnist")
def test_reproduces_the_known_errors_on_full_mnist(tmp_path: Path) -> None:
    """13.87 at 30 components: Hinton and Salakhutdinov, Science 2006, with all 60,000 training images."""
    data = Mnist().load()
    images = torch.cat([data.training.images, data.validation.images])
    assert len(images) == 60_000
    pca = fit_pca(to_float(images))
    test = Split(data.test.images, data.test.labels)
    errors = {k: score_pca(pca, k, test).sse for k in (2, 8, 16, 30, 32, 64, 128)}
    known = {2: 43.64, 8: 29.35, 16: 21.06, 30: 13.87, 32: 13.19, 64: 7.09, 128: 3.30}
    assert errors == pytest.approx(known, abs=0.006)
