from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.analysis.neighbors import fraction_below, nearest
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float, to_stored
from aecore.evaluation.outliers import encode_images, score_outliers
from aecore.evaluation.scores import ReconstructedSet, reconstruct


def test_nearest_codes_are_sorted_by_distance() -> None:
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [0.0, 2.0]])
    indices, distances = nearest(codes, torch.tensor([[0.0, 0.0], [3.0, 3.0]]), 3)
    assert indices.tolist() == [[0, 2, 3], [1, 3, 2]]
    assert distances[0].tolist() == [0, 1, 2]
    assert nearest(codes[:2], codes[:1], 5)[0].shape == (1, 2), "at most the number of codes"


def test_fraction_of_lower_errors() -> None:
    errors = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert [fraction_below(errors, e) for e in (0.5, 1.0, 2.5, 9.0)] == [0, 0, 0.5, 1]


def test_scores_of_training_and_test_images(digits: Data) -> None:
    torch.manual_seed(0)
    model = RunConfig().build_model().eval()
    codes = encode_images(model, digits.training.images)
    assert codes.shape == (len(digits.training), 16)
    reconstructed = reconstruct(model, digits.test.images)
    scores = score_outliers(model, digits.training.images[:3], reconstructed, codes, neighbors=4)
    for i, score in enumerate(scores):
        assert score.nearest[0] == i, "a training image is its own nearest neighbor"
        assert len(score.nearest) == 4
        assert torch.allclose(score.code, codes[i], atol=1e-5)
    test_scores = score_outliers(model, digits.test.images[:5], reconstructed, codes)
    assert [round(score.error, 3) for score in test_scores] == [round(float(e), 3) for e in reconstructed.errors[:5]]
    assert torch.equal(torch.stack([score.reconstruction for score in test_scores]), reconstructed.reconstructions[:5])


class DropsDimPixels:
    """An autoencoder that reproduces bright strokes and nothing else."""

    input_shape = (1, 28, 28)

    def encode(self, x: Tensor) -> Tensor:
        return (x - 0.3).clamp(min=0).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return z.reshape(-1, 1, 28, 28)


@pytest.mark.parametrize(("brightness", "is_outlier"), [(1.0, False), (0.25, True), (0.1, True)])
def test_the_error_is_compared_with_the_energy_of_the_input(digits: Data, brightness: float, is_outlier: bool) -> None:
    """A nearly black input has a small error, even if its reconstruction shows nothing of it."""
    model, test = DropsDimPixels(), digits.test.images
    outputs = model.decode(model.encode(to_float(test)))
    reconstructed = ReconstructedSet(test, None, to_stored(outputs, True), squared_error(to_float(test), outputs))
    dim = (digits.training.images[:5] * brightness).to(torch.uint8)
    scores = score_outliers(model, dim, reconstructed, torch.zeros(9, 784))  # type: ignore[arg-type]
    assert all((score.relative_fraction_below > 0.99) == is_outlier for score in scores)
    assert is_outlier == all(score.relative_error > 0.99 for score in scores)
    if is_outlier:
        assert all(score.fraction_below < 0.9 for score in scores), "the error alone looks typical"


def test_a_uniform_input_has_no_energy_to_compare_with() -> None:
    blank = torch.full((1, 1, 28, 28), 9, dtype=torch.uint8)
    reconstructed = ReconstructedSet(blank, None, blank, torch.ones(1))
    (score,) = score_outliers(DropsDimPixels(), blank, reconstructed, torch.zeros(9, 784))  # type: ignore[arg-type]
    assert score.relative_error == math.inf
