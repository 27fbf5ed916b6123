from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.analysis.pca import PCA, fit_leading, fit_pca
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


@pytest.mark.parametrize("components", [1, 8, 30])
def test_leading_components_of_large_images_are_almost_optimal(components: int) -> None:
    generator = torch.Generator().manual_seed(0)
    scales = 1 / torch.arange(1, 201).float()  # the eigenvalues of pictures fall about like this
    images = (torch.randn(200, 200, generator=generator) * scales @ torch.randn(200, 1200, generator=generator)).view(
        200, 3, 20, 20
    )
    exact, leading = fit_pca(images), fit_leading(images, components)
    assert leading is not None
    assert len(leading.components) == components
    assert torch.allclose(leading.components @ leading.components.T, torch.eye(components), atol=1e-4)
    errors = [(pca.reconstruct(images, components) - images).square().sum().item() for pca in (exact, leading)]
    assert errors[1] == pytest.approx(errors[0], rel=1e-3)


@pytest.mark.parametrize(("shape", "components"), [((100, 1, 28, 28), 5), ((40, 3, 32, 32), 30)])
def test_small_images_and_many_components_are_exact(shape: tuple[int, ...], components: int) -> None:
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    leading = fit_leading(images, components)
    assert leading is not None
    assert torch.equal(leading.components, fit_pca(images).components)


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_leading_components_can_be_cancelled(calls: int) -> None:
    answers = iter([False] * calls + [True] * 10)
    assert fit_leading(torch.rand(40, 3, 32, 32), 2, lambda: next(answers)) is None


@pytest.mark.parametrize(
    "convert",
    [lambda x: x, lambda x: x.numpy(), lambda x: x / 255.0, lambda x: x.numpy() / 255.0, lambda x: x.double() / 255],
)
def test_pixels_of_any_type_give_the_same_components(convert: Callable[[Tensor], Any]) -> None:
    images = torch.randint(256, (40, 1, 4, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    expected, given = fit_pca(images.float() / 255), convert(images)
    fitted = fit_pca(given)
    assert torch.allclose(fitted.mean, expected.mean, atol=1e-6)
    assert torch.allclose(fitted.reconstruct(given, 3), expected.reconstruct(images.float() / 255, 3), atol=1e-4)
