from __future__ import annotations

import torch

from aecore.analysis.neighbors import fraction_below, nearest
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.evaluation.outliers import encode_images, score_outliers
from aecore.evaluation.scores import reconstruct


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
    scores = score_outliers(model, digits.training.images[:3], reconstructed.errors, codes, neighbors=4)
    for i, score in enumerate(scores):
        assert score.nearest[0] == i, "a training image is its own nearest neighbor"
        assert len(score.nearest) == 4
        assert torch.allclose(score.code, codes[i], atol=1e-5)
    test_scores = score_outliers(model, digits.test.images[:5], reconstructed.errors, codes)
    assert [round(score.error, 3) for score in test_scores] == [round(float(e), 3) for e in reconstructed.errors[:5]]
    assert torch.equal(torch.stack([score.reconstruction for score in test_scores]), reconstructed.reconstructions[:5])
