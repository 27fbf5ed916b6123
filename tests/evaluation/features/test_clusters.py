from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from aecore.errors import InvalidInput
from aecore.evaluation.features.clusters import (
    METHODS,
    Clusters,
    cluster,
    confusion,
    matched_classes,
    mean_images,
    score_clusters,
)

Blobs = Callable[[int, int], tuple[Tensor, Tensor]]  # (examples per class, seed) -> points, labels


@pytest.mark.parametrize("method", METHODS)
def test_finds_distant_classes(method: str, blobs: Blobs) -> None:
    points, labels = blobs(50, 0)
    found = cluster(points, 3, method)
    scores = score_clusters(found, labels, points)
    assert (scores.accuracy, scores.nmi, scores.ari) == pytest.approx((1, 1, 1))
    assert scores.silhouette is not None
    assert scores.silhouette > 0.7
    assert cluster(points, 3, method).members.equal(found.members), "a seed gives one result"
    without_classes = score_clusters(found, None, points)
    assert (without_classes.accuracy, without_classes.silhouette) == (None, scores.silhouette)


@pytest.mark.parametrize("method", METHODS)
def test_numbers_clusters_by_size(method: str, blobs: Blobs) -> None:
    points, labels = blobs(40, 0)
    kept = torch.cat([(labels == i).nonzero()[: 20 + 10 * i, 0] for i in range(3)])
    assert torch.bincount(cluster(points[kept], 3, method).members).tolist() == [40, 30, 20]


@pytest.mark.parametrize(
    ("each", "more"),
    [
        (50, 300),
        (4, 12_000),  # a few color pictures: a covariance matrix of their pixels takes a gigabyte per cluster
    ],
)
def test_a_mixture_of_many_numbers_is_fitted_to_principal_components(each: int, more: int, blobs: Blobs) -> None:
    points, labels = blobs(each, 0)
    noise = torch.randn(len(points), more, generator=torch.Generator().manual_seed(0)) / more**0.5
    wide = torch.cat([points, noise], dim=1)
    assert score_clusters(cluster(wide, 3, "mixture"), labels, wide).accuracy == 1


@pytest.mark.parametrize("method", METHODS)
def test_typical_members_are_certain_and_doubtful_ones_are_between(method: str, blobs: Blobs) -> None:
    between = torch.tensor([[5.2, 0.0]])
    points = torch.cat([blobs(50, 0)[0], between])
    found = cluster(points, 3, method)
    own = int(found.members[-1])
    assert int(found.doubtful(own, 1)) == len(points) - 1
    typical = found.typical(own, 3)
    assert len(typical) == 3
    assert set(found.members[typical].tolist()) == {own}
    members = points[found.members == own]
    distances = (points[typical] - members.mean(dim=0)).norm(dim=1)
    assert distances.max() < (members - members.mean(dim=0)).norm(dim=1).mean()


@pytest.mark.parametrize(
    ("members", "labels", "accuracy", "nmi", "ari"),
    [
        ([0, 0, 1, 1], [5, 5, 2, 2], 1, 1, 1),
        ([0, 1, 0, 1], [0, 0, 1, 1], 0.5, 0, -0.5),
        ([0, 0, 0, 1], [0, 0, 1, 1], 0.75, 0.3437, 0),  # by hand: I = 0.2158, H = 0.5623 and 0.6931 nats
        ([0, 1, 2, 3], [0, 0, 1, 1], 0.5, 2 / 3, 0),  # two clusters have no class to match
    ],
)
def test_scores_of_worked_cases(members: list[int], labels: list[int], accuracy: float, nmi: float, ari: float) -> None:
    found = Clusters(torch.tensor(members), torch.ones(4), torch.ones(4), 4)
    scores = score_clusters(found, torch.tensor(labels), torch.randn(4, 2))
    assert (scores.accuracy, scores.nmi, scores.ari) == pytest.approx((accuracy, nmi, ari), abs=1e-3)


def test_shuffled_classes_give_chance(blobs: Blobs) -> None:
    points, labels = blobs(200, 0)
    shuffled = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))]
    scores = score_clusters(cluster(points, 3), shuffled, points)
    assert scores.accuracy is not None
    assert scores.accuracy < 0.42
    assert (scores.nmi, scores.ari) == pytest.approx((0, 0), abs=0.02)


def test_confusion_and_mean_images() -> None:
    found = Clusters(torch.tensor([0, 0, 2]), torch.ones(3), torch.ones(3), 3)
    assert confusion(found, torch.tensor([1, 0, 1])).tolist() == [[1, 1], [0, 0], [0, 1]]
    assert matched_classes(torch.tensor([[1, 3], [0, 5], [2, 0]])) == {1: 1, 2: 0}
    images = torch.tensor([10, 21, 200], dtype=torch.uint8).reshape(3, 1, 1, 1).expand(3, 1, 2, 2)
    means = mean_images(found, images)
    assert means.shape == (3, 1, 2, 2)
    assert means[:, 0, 0, 0].tolist() == [16, 0, 200]
    assert mean_images(found, images / 255)[:, 0, 0, 0].tolist() == pytest.approx([15.5 / 255, 0, 200 / 255])


@pytest.mark.parametrize(
    ("count", "value", "message"),
    [(1, 0.0, "from 2 to the 9"), (10, 0.0, "is 10; it must be"), (2, math.nan, "finite")],
)
def test_refuses_what_cannot_be_clustered(count: int, value: float, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        cluster(torch.full((9, 2), value), count)


def test_a_cluster_is_matched_with_a_class_that_it_has() -> None:
    table = torch.tensor([[4, 4, 1], [3, 0, 0], [2, 0, 0]])  # of the last, the only class is that of the second
    assert matched_classes(table) == {0: 1, 1: 0}
