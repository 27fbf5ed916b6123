"""Curves, counts and thresholds, against hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aecore.errors import InvalidInput
from aecore.evaluation.anomaly.detection import Confusion, Detection, threshold_at

NORMAL, ANOMALOUS = [1.0, 2.0, 3.0, 4.0], [2.5, 5.0]  # of 8 pairs, 2 + 4 are in order


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    assert Detection(NORMAL, ANOMALOUS).auroc == pytest.approx(6 / 8)
    assert Detection([1, 1], [1]).auroc == 0.5, "equal scores are chance"
    assert Detection([0], [1]).auroc == 1


def test_average_precision_by_hand() -> None:
    """In descending order: anomalous, normal, normal, anomalous, ...: precisions 1 and 2 / 4 at the two recalls."""
    assert Detection(NORMAL, ANOMALOUS).average_precision == pytest.approx((1 + 2 / 4) / 2)


def test_curves_by_hand() -> None:
    rates, detected, thresholds = Detection(NORMAL, ANOMALOUS).roc()
    assert (rates[0], detected[0], thresholds[0]) == (0, 0, math.inf)
    assert (rates[-1], detected[-1]) == (1, 1)
    assert np.trapezoid(detected, rates) == pytest.approx(6 / 8)
    recall, precision = Detection(NORMAL, ANOMALOUS).precision_recall()
    assert (recall[0], precision[0]) == (1, pytest.approx(1 / 3))
    assert (recall[-1], precision[-1]) == (0, 1)


@pytest.mark.parametrize(
    ("threshold", "counts"),
    [(0, (2, 0, 4, 0)), (2.5, (1, 1, 2, 2)), (4, (1, 1, 0, 4)), (9, (0, 2, 0, 4))],
)
def test_confusion_counts_scores_above_the_threshold(threshold: float, counts: tuple[int, ...]) -> None:
    assert Detection(NORMAL, ANOMALOUS).confusion(threshold) == Confusion(*counts)


@pytest.mark.parametrize(("rate", "threshold"), [(0.5, 50), (0.1, 90), (0.05, 95), (0.01, 99), (0.001, 99)])
def test_threshold_is_the_score_of_its_rank(rate: float, threshold: float) -> None:
    """Of 99 scores, the one of rank ceil(100 (1 - rate))."""
    assert threshold_at(rate, np.random.default_rng(0).permutation(np.arange(1, 100))) == threshold


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_false_alarm_rate_of_a_thousand_is_within_two_points(rate: float) -> None:
    random = np.random.default_rng(1)
    threshold = threshold_at(rate, random.exponential(size=500))
    assert (random.exponential(size=1000) > threshold).mean() == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: Detection([], [1]), "0 normal scores"),
        (lambda: Detection([1], [math.nan]), "1 anomalous scores, and all must be finite"),
        (lambda: threshold_at(0.1, []), "0 held-out scores"),
        (lambda: threshold_at(1.0, [1, 2]), "false-alarm rate is 1; it must be above 0 and below 1"),
    ],
)
def test_refuses_what_has_no_answer(act, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=message):
        act()
