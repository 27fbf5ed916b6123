from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from aecore.errors import InvalidInput
from aecore.evaluation.features.few_labels import CLASSIFIERS, LABELS, Accuracy, classify


def test_one_label_is_enough_for_distant_classes(blobs: Blobs) -> None:
    found = list(classify(*blobs(50, 0), *blobs(40, 1)))
    assert [(a.classifier, a.labels_per_class) for a in found] == [(c, n) for n in (1, 10, None) for c in CLASSIFIERS]
    assert all(len(a.values) == LABELS[a.labels_per_class] for a in found)
    assert all(a.mean > 0.99 for a in found)


Blobs = Callable[[int, int], tuple[Tensor, Tensor]]  # (examples per class, seed) -> points, labels


def test_labels_at_random_give_chance(blobs: Blobs) -> None:
    points, labels = blobs(150, 0)
    shuffled = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(2))]
    for accuracy in classify(points, shuffled, *blobs(200, 1)):
        assert accuracy.mean == pytest.approx(1 / 3, abs=0.12), accuracy


def test_choices_depend_on_labels_and_seed_alone(blobs: Blobs) -> None:
    points, labels = blobs(30, 0)
    noise = 5 * torch.randn(90, 2, generator=torch.Generator().manual_seed(3))
    test = blobs(40, 1)
    first, again = (list(classify(points + noise, labels, *test)) for _ in range(2))
    assert first == again
    assert list(classify(10 * (points + noise), labels, 10 * test[0], test[1]))[::2] == first[::2], "k-NN has no scale"
    assert list(classify(points + noise, labels, *test, seed=1)) != first


@pytest.mark.parametrize(("values", "mean", "spread"), [((0.5,), 0.5, None), ((0.2, 0.4), 0.3, 0.2 / math.sqrt(2))])
def test_mean_and_spread(values: tuple[float, ...], mean: float, spread: float | None) -> None:
    accuracy = Accuracy("knn", 1, values)
    assert accuracy.mean == pytest.approx(mean)
    assert accuracy.spread == (None if spread is None else pytest.approx(spread))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": torch.zeros(90)}, "one class"),
        ({"labels": torch.zeros(89)}, "as many labels"),
        ({"test_features": torch.zeros(120, 3)}, "Training features have 2 values and test features 3"),
        ({"features": torch.full((90, 2), math.inf)}, "finite"),
    ],
)
def test_refuses_what_cannot_be_classified(changes: dict[str, Tensor], message: str, blobs: Blobs) -> None:
    (points, labels), (test_points, test_labels) = blobs(30, 0), blobs(40, 1)
    given = {"features": points, "labels": labels, "test_features": test_points, "test_labels": test_labels} | changes
    with pytest.raises(InvalidInput, match=message):
        list(classify(**given))
