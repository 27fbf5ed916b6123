"""Disentanglement: whether each dimension of a code follows one known factor of the images, and only that one.

The definitions are those of disentanglement_lib of 26 August 2020 (Locatello et al., Challenging common assumptions in
the unsupervised learning of disentangled representations, ICML 2019, appendix C), with its usual settings: histograms
of 20 bins, linear support vector machines, and gradient boosted trees with scikit-learn's default settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aecore.data.inputs import Values, as_tensor
from aecore.errors import InvalidInput

BINS = 20  # of the histogram of a dimension
TRAINING_SHARE = 0.8  # of the examples; classifiers are scored on the others
_TINY = 1e-11  # added to importances, so that their logarithm is finite

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Disentanglement:
    """How D dimensions of a code follow F factors. Except for the matrices, 1 is best and 0 worst."""

    mutual_information: Array  # (D, F), in nats
    entropy: Array  # (F,), of each factor, in nats
    importances: Array  # (D, F), of each dimension for predicting a factor; the sum over dimensions is 1
    sap: float
    informativeness: float  # accuracy of the trees on examples that they were not fitted to

    @property
    def mig(self) -> float:
        """Mutual information gap: how much more the best dimension says about a factor than the second best.

        As a share of the factor's entropy, mean over factors: Chen et al., Isolating sources of disentanglement in
        VAEs, NeurIPS 2018, eq. 6.
        """
        return float((_gap(self.mutual_information) / self.entropy).mean())

    @property
    def disentanglement(self) -> float:
        """Whether a dimension is important for one factor only (Eastwood and Williams, ICLR 2018, section 2)."""
        return _concentration(self.importances)

    @property
    def completeness(self) -> float:
        """Whether a factor needs one dimension only (Eastwood and Williams, section 2)."""
        return _concentration(self.importances.T)


def measure_disentanglement(
    codes: Values, factors: Values, progress: Callable[[int, int], None] = lambda done, total: None
) -> Disentanglement:
    """Measure how the dimensions of codes follow known factors.

    Args:
        codes: (N, ...), in random order; flattened to (N, D). At least two dimensions.
        factors: (N, F), for each factor the index of its value.
        progress: called with the number of fitted classifiers, and how many there are.

    Raises:
        InvalidInput: the shapes do not match, a factor has one value only, or there are too few examples.
    """
    z, values = _checked(as_tensor(codes, "codes"), as_tensor(factors, "factors"))
    dimensions, count = z.shape[1], values.shape[1]
    total = count * (dimensions + 1)
    accuracies, importances, informativeness = np.zeros((dimensions, count)), np.zeros((dimensions, count)), 0.0
    for f in range(count):
        for d in range(dimensions):
            accuracies[d, f] = _accuracy_of_one_dimension(z[:, d : d + 1], values[:, f])
            progress(f * (dimensions + 1) + d + 1, total)
        importances[:, f], accuracy = _tree_importances(z, values[:, f])
        informativeness += accuracy / count
        progress((f + 1) * (dimensions + 1), total)
    return Disentanglement(
        _mutual_information(z, values), np.array([_entropy(column) for column in values.T]), importances,
        float(_gap(accuracies).mean()), informativeness,
    )  # fmt: skip


def _mutual_information(z: Array, factors: NDArray[np.int64]) -> Array:
    """The mutual information (D, F) of each dimension, in bins of equal width, and each factor, in nats."""
    from sklearn.metrics import mutual_info_score  # takes seconds to import

    binned = [np.digitize(column, np.histogram_bin_edges(column, BINS)[:-1]) for column in z.T]
    return np.array([[mutual_info_score(factor, bins) for factor in factors.T] for bins in binned])


def _entropy(factor: NDArray[np.int64]) -> float:
    shares = np.bincount(factor) / len(factor)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _gap(matrix: Array) -> Array:
    """The difference (F,) of the largest and the second largest entry of each column."""
    ordered = np.sort(matrix, axis=0)
    gap: Array = ordered[-1] - ordered[-2]
    return gap


def _accuracy_of_one_dimension(column: Array, factor: NDArray[np.int64]) -> float:
    """How well a linear classifier predicts a factor from one dimension.

    Separated attribute predictability: Kumar, Sattigeri, Balakrishnan, Variational inference of disentangled latent
    concepts from unlabeled observations, ICLR 2018, section 3.
    """
    from sklearn.svm import LinearSVC

    fitted = round(TRAINING_SHARE * len(column))
    machine = LinearSVC(C=0.01, class_weight="balanced", random_state=0).fit(column[:fitted], factor[:fitted])
    return float(machine.score(column[fitted:], factor[fitted:]))


def _tree_importances(z: Array, factor: NDArray[np.int64]) -> tuple[Array, float]:
    """The importance (D,) of each dimension for predicting a factor, and the accuracy of the prediction."""
    from sklearn.ensemble import GradientBoostingClassifier

    fitted = round(TRAINING_SHARE * len(z))
    trees = GradientBoostingClassifier(random_state=0).fit(z[:fitted], factor[:fitted])
    return np.abs(trees.feature_importances_), float(trees.score(z[fitted:], factor[fitted:]))


def _concentration(importances: Array) -> float:
    """One minus the entropy of each row, relative to that of equal entries; the mean weighted by the rows' sums."""
    if not importances.sum():
        return 0.0
    shares = importances + _TINY
    shares = shares / shares.sum(axis=1, keepdims=True)
    of_rows = 1 + (shares * np.log(shares)).sum(axis=1) / np.log(importances.shape[1])
    return float((of_rows * importances.sum(axis=1)).sum() / importances.sum())


def _checked(codes: Tensor, factors: Tensor) -> tuple[Array, NDArray[np.int64]]:
    z, values = codes.flatten(1).double().cpu().numpy(), factors.long().cpu().numpy()
    if values.ndim != 2 or len(z) != len(values):
        raise InvalidInput(
            f"The codes have the shape {tuple(codes.shape)} and the factors {tuple(values.shape)}; they must be "
            "(N, ...) and (N, F), with the same N."
        )
    if z.shape[1] < 2:
        raise InvalidInput("The code has one dimension; a gap between dimensions needs at least two.")
    if constant := [f for f in range(values.shape[1]) if len(np.unique(values[:, f])) < 2]:
        raise InvalidInput(f"Factor {constant[0]} has the same value in all examples; remove it.")
    if len(z) < 10 or not np.isfinite(z).all():
        raise InvalidInput(f"There are {len(z)} codes, and all must be finite; give at least 10.")
    return z, values
