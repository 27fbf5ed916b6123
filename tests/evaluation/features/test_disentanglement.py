from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from aecore.errors import InvalidInput
from aecore.evaluation.features.disentanglement import Disentanglement, measure_disentanglement

# All combinations of a factor with two values and one with four, 25 times, in random order.
_ROWS = torch.cartesian_prod(torch.arange(2), torch.arange(4)).repeat(25, 1)
FACTORS = _ROWS[torch.randperm(len(_ROWS), generator=torch.Generator().manual_seed(0))]
FIRST, SECOND = FACTORS.float().T
NOISE = torch.randn(2, len(FACTORS), generator=torch.Generator().manual_seed(1))


def codes(*columns: Tensor) -> Tensor:
    return torch.stack(columns, dim=1)


@pytest.mark.parametrize(
    ("z", "mig", "disentanglement"),
    [
        (codes(FIRST, SECOND), 1, 1),
        (codes(SECOND, -3 * FIRST), 1, 1),  # neither order nor scale matters
        (codes(FIRST, FIRST, SECOND), 0.5, 1),  # two dimensions share the first factor
        (codes(FIRST + 2 * SECOND, 0 * FIRST), 1, 0),  # one dimension has both
    ],
    ids=["one each", "order and scale", "shared", "mixed"],
)
def test_scores_of_worked_cases(z: Tensor, mig: float, disentanglement: float) -> None:
    measured = measure_disentanglement(z, FACTORS)
    assert measured.mig == pytest.approx(mig, abs=1e-6)
    assert measured.disentanglement == pytest.approx(disentanglement, abs=1e-6)
    assert measured.informativeness == 1


@pytest.mark.parametrize(
    ("importances", "disentanglement", "completeness"),
    [
        ([[1, 0], [0, 1]], 1, 1),
        ([[1, 1], [0, 0]], 0, 1),
        ([[0.5, 0], [0.5, 0], [0, 1]], 1, (1 - math.log(2, 3) + 1) / 2),  # the entropy of (1/2, 1/2, 0), base 3
        ([[0, 0], [0, 0]], 0, 0),
    ],
)
def test_concentration_of_importances(
    importances: list[list[float]], disentanglement: float, completeness: float
) -> None:
    matrix = np.array(importances, dtype=float)
    measured = Disentanglement(np.zeros(matrix.shape), np.ones(2), matrix, 0.0, 0.0)
    assert measured.disentanglement == pytest.approx(disentanglement, abs=1e-6)
    assert measured.completeness == pytest.approx(completeness, abs=1e-6)


def test_mutual_information_of_a_copy_is_the_entropy() -> None:
    measured = measure_disentanglement(codes(FIRST, SECOND), FACTORS)
    assert measured.entropy == pytest.approx([math.log(2), math.log(4)])
    assert np.diag(measured.mutual_information) == pytest.approx(measured.entropy)
    assert measured.mutual_information[0, 1] == pytest.approx(0, abs=1e-9)


def test_attribute_predictability_is_the_gap_to_the_second_dimension() -> None:
    """A dimension that equals a binary factor predicts it always; one that is constant, half of the time."""
    first = FACTORS[:, :1]
    assert measure_disentanglement(codes(FIRST, torch.zeros(len(FIRST))), first).sap == pytest.approx(0.5, abs=0.1)
    assert measure_disentanglement(codes(FIRST, FIRST), first).sap == pytest.approx(0, abs=1e-9)


def test_codes_without_information_score_zero() -> None:
    shuffled = FACTORS[torch.randperm(len(FACTORS), generator=torch.Generator().manual_seed(2))]
    assert measure_disentanglement(codes(FIRST, SECOND), shuffled).mig < 0.05
    measured = measure_disentanglement(codes(*NOISE), FACTORS)
    assert measured.mig < 0.1
    assert measured.informativeness < 0.6


def test_reports_progress() -> None:
    reports: list[tuple[int, int]] = []
    measure_disentanglement(codes(FIRST, SECOND), FACTORS, lambda done, total: reports.append((done, total)))
    assert reports == [(i, 6) for i in range(1, 7)]


@pytest.mark.parametrize(
    ("z", "factors", "message"),
    [
        (codes(FIRST), FACTORS, "one dimension"),
        (codes(FIRST, SECOND)[:-1], FACTORS, "same N"),
        (codes(FIRST, SECOND), FACTORS[:, 0], "same N"),
        (codes(FIRST, SECOND), torch.zeros_like(FACTORS), "Factor 0 has the same value"),
        (codes(FIRST, SECOND * math.nan), FACTORS, "finite"),
    ],
)
def test_refuses_what_cannot_be_measured(z: Tensor, factors: Tensor, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        measure_disentanglement(z, factors)
