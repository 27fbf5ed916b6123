"""Classification of codes with few labels: how much a code knows of classes, although no label was used to train it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.spread import Spread
from aecore.data.base import Data
from aecore.data.inputs import Values, as_tensor
from aecore.errors import InvalidInput

#: Labels per class, and how many random choices of labeled examples are averaged; None is all labels.
LABELS: Mapping[int | None, int] = {1: 10, 10: 5, 100: 3, 1000: 3, None: 1}
NEIGHBORS = 5  # or as many as there are labels per class, if fewer


@dataclass(frozen=True)
class Classifier:
    """A classifier of scikit-learn."""

    name: str
    title: str
    explanation: str
    build: Callable[[int], Any]  # given the number of labels per class


@dataclass(frozen=True)
class Accuracy:
    """The accuracy on test examples, over random choices of the labeled examples."""

    classifier: str
    labels_per_class: int | None  # None is all
    values: tuple[float, ...]  # of each choice, from 0 to 1

    @property
    def mean(self) -> float:
        return Spread.of(self.values).mean

    @property
    def spread(self) -> float | None:
        """Sample standard deviation; None for a single value."""
        return Spread.of(self.values).std


def classify(
    features: Values, labels: Values, test_features: Values, test_labels: Values, seed: int = 0
) -> Iterator[Accuracy]:
    """Fit each classifier to labeled features and score it on test features, for each number of labels in `LABELS`.

    Numbers that a class does not have enough examples for are left out. The random choices depend on the labels and
    the seed alone, so that different features of the same examples are compared on the same choices.

    Args:
        features: codes, pixels or other values (N, ...), flattened.
        labels: classes (N,).
        test_features: the same of test examples (M, ...).
        test_labels: (M,).
        seed: of the random choices.

    Raises:
        InvalidInput: the shapes do not match, a value is not finite, or there is one class only.
    """
    x, y = _checked(features, labels, "training")
    test_x, test_y = _checked(test_features, test_labels, "test")
    if x.shape[1] != test_x.shape[1]:
        raise InvalidInput(f"Training features have {x.shape[1]} values and test features {test_x.shape[1]}.")
    if len(torch.unique(y)) < 2:
        raise InvalidInput("All training examples are of one class; classification needs at least two.")
    smallest = _smallest_class(y)
    for per_class in _possible(y):
        draws = LABELS[per_class]
        choices = [_choose(y, per_class, np.random.default_rng([seed, draw])) for draw in range(draws)]
        for classifier in CLASSIFIERS.values():
            values = []
            for chosen in choices:
                fitted = classifier.build(per_class or smallest).fit(x[chosen].numpy(), y[chosen].numpy())
                values.append(float(fitted.score(test_x.numpy(), test_y.numpy())))
            yield Accuracy(classifier.name, per_class, tuple(values))


def missing_classes(data: Data) -> str:
    """Return why a dataset's examples cannot be classified, as a sentence; empty if they can."""
    if not data.class_names:
        return "The examples of this run have no classes, which a classifier needs."
    if len(torch.unique(data.training.labels)) < 2:
        return "This run was trained on one class only; a classifier needs at least two."
    return ""


def fits(labels: Tensor) -> int:
    """Return how many accuracies `classify` yields for the labels (N,) of training examples."""
    return len(CLASSIFIERS) * len(_possible(labels))


def _possible(labels: Tensor) -> list[int | None]:
    return [per_class for per_class in LABELS if per_class is None or per_class < _smallest_class(labels)]


def _smallest_class(labels: Tensor) -> int:
    return int(torch.unique(labels, return_counts=True)[1].min())


def _choose(labels: Tensor, per_class: int | None, random: np.random.Generator) -> Tensor:
    """Indices of as many examples of each class; of all examples with None."""
    if per_class is None:
        return torch.arange(len(labels))
    of_classes = [(labels == label).nonzero()[:, 0].numpy() for label in torch.unique(labels)]
    return torch.from_numpy(np.concatenate([random.permutation(members)[:per_class] for members in of_classes]))


def _nearest_neighbors(per_class: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier  # takes seconds to import

    return KNeighborsClassifier(min(NEIGHBORS, per_class), algorithm="brute")


def _logistic_regression(per_class: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(tol=1e-3, max_iter=200))


def _checked(features: Values, labels: Values, name: str) -> tuple[Tensor, Tensor]:
    x, y = as_tensor(features, f"{name} features").flatten(1).float(), as_tensor(labels, f"{name} labels").long()
    if y.shape != x.shape[:1] or not len(x) or not x.isfinite().all():
        raise InvalidInput(
            f"There are {len(x):,} {name} features and labels of the shape {tuple(y.shape)}; there must be as many "
            "labels as features, at least one, and all finite."
        )
    return x, y


#: All classifiers by name.
CLASSIFIERS = {
    classifier.name: classifier
    for classifier in (
        Classifier(
            "knn",
            "Nearest neighbors",
            "The most frequent class among the 5 labeled examples at the smallest Euclidean distance, or fewer with "
            "fewer labels.",
            _nearest_neighbors,
        ),
        Classifier(
            "logistic",
            "Logistic regression",
            "A linear classifier of standardized features, with an L2 penalty of scikit-learn's default weight.",
            _logistic_regression,
        ),
    )
}
