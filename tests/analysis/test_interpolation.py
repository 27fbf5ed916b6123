from __future__ import annotations

import math

import pytest
import torch
from tensors import random_codes
from torch import Tensor

from aecore.analysis.interpolation import interpolate


@pytest.mark.parametrize("spherical", [False, True], ids=["linear", "spherical"])
@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (random_codes(2)[0], random_codes(2)[1]),
        (torch.ones(3), -torch.ones(3)),
        (torch.zeros(3), torch.ones(3)),
        (torch.ones(3), torch.ones(3)),
        (torch.zeros(1), torch.ones(1)),
    ],
    ids=["random", "opposite", "from zero", "equal", "one dimension"],
)
def test_starts_and_ends_exactly_at_its_inputs(start: Tensor, end: Tensor, count: int, spherical: bool) -> None:
    codes = interpolate(start, end, count, spherical)
    assert codes.shape == (count, len(start))
    assert torch.equal(codes[0], start)
    assert torch.equal(codes[-1], end)
    assert bool(torch.isfinite(codes).all())


def test_line_is_evenly_spaced_and_arc_preserves_norm_and_speed() -> None:
    start, end = random_codes(2)
    end = end / end.norm() * start.norm()
    line, arc = (interpolate(start, end, 7, spherical) for spherical in (False, True))
    assert torch.allclose(line[3], (start + end) / 2)
    assert torch.allclose(arc.norm(dim=1), start.norm().expand(7), atol=1e-5)
    assert line[3].norm() < arc[3].norm() - 0.1
    cosines = torch.nn.functional.cosine_similarity(arc[1:], arc[:-1])
    assert torch.allclose(cosines, cosines[:1].expand(6), atol=1e-5)
    quarter = interpolate(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0]), 3, spherical=True)
    assert torch.allclose(quarter[1], torch.tensor([1.0, 1.0]) * 2 / math.sqrt(2)), "the norm changes linearly, 1 to 3"


def test_rejects_a_count_of_one() -> None:
    with pytest.raises(ValueError, match="count is 1"):
        interpolate(torch.zeros(2), torch.ones(2), 1)
