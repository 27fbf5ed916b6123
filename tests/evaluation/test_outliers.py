from __future__ import annotations

import torch

from aecore.analysis.neighbors import nearest, share_below
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.evaluation.outliers import encode_all, score_outliers
from aecore.evaluation.scores import reconstruct


def test_the_nearest_are_found_in_order() -> None:
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [0.0, 2.0]])
    indices, distances = nearest(codes, torch.tensor([[0.0, 0.0], [3.0, 3.0]]), 3)
    assert indices.tolist() == [[0, 2, 3], [1, 3, 2]]
    assert distances[0].tolist() == [0, 1, 2]
    assert nearest(codes[:2], codes[:1], 5)[0].shape == (1, 2), "no more than there are"


def test_the_share_of_lower_errors() -> None:
    errors = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert [share_below(errors, e) for e in (0.5, 1.0, 2.5, 9.0)] == [0, 0, 0.5, 1]


def test_known_pictures_are_no_strangers(digits: Data) -> None:
    torch.manual_seed(0)
    model = RunConfig().build_model().eval()
    codes = encode_all(model, digits.training.images)
    assert codes.shape == (len(digits.training), 16)
    shown = reconstruct(model, digits.test.images)
    scored = score_outliers(model, digits.training.images[:3], shown.errors, codes, neighbors=4)
    for i, verdict in enumerate(scored):
        assert verdict.nearest[0] == i, "a training picture's nearest is itself"
        assert len(verdict.nearest) == 4
        assert torch.allclose(verdict.code, codes[i], atol=1e-5)
    again = score_outliers(model, digits.test.images[:5], shown.errors, codes)
    assert [round(v.error, 3) for v in again] == [round(float(e), 3) for e in shown.errors[:5]]
    assert torch.equal(torch.stack([v.answer for v in again]), shown.answers[:5])
