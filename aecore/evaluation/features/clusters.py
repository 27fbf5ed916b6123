"""Clusters of codes, and how well they match classes that were not used to find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.data.inputs import Values, as_tensor
from aecore.errors import InvalidInput

MAX_SILHOUETTE = 2000  # examples: the time grows with their square
MAX_MIXTURE = 32  # features: a covariance matrix of more needs more examples than a cluster has
_RESTARTS = 10


@dataclass(frozen=True)
class Method:
    """A clustering of scikit-learn."""

    name: str
    title: str
    explanation: str
    fit: Callable[[Any, int, int], tuple[Any, Any, Any]]  # features, clusters, seed -> the fields of `Clusters`


@dataclass(frozen=True)
class Clusters:
    """A cluster for each example."""

    members: Tensor  # (N,), the cluster of each example
    typicality: Tensor  # (N,); large in the middle of the cluster
    certainty: Tensor  # (N,); small where a second cluster is almost as likely
    count: int

    def typical(self, cluster: int, count: int) -> Tensor:
        """Return the indices of the most typical members, the most typical first."""
        return self._members_by(-self.typicality, cluster)[:count]

    def doubtful(self, cluster: int, count: int) -> Tensor:
        """Return the indices of the least certain members, the least certain first."""
        return self._members_by(self.certainty, cluster)[:count]

    def _members_by(self, values: Tensor, cluster: int) -> Tensor:
        members = (self.members == cluster).nonzero()[:, 0]
        return members[values[members].argsort(stable=True)]


@dataclass(frozen=True)
class ClusterScores:
    """How well clusters match classes; the classes were used for these scores only. None without classes."""

    accuracy: float | None  # share of the examples in the class that their cluster is matched with
    nmi: float | None  # normalized mutual information: 0 for independent, 1 for equal partitions
    ari: float | None  # adjusted Rand index: 0 is chance, 1 equal partitions
    silhouette: float | None  # -1 to 1, large for distant clusters; of up to 2,000 examples; None with one cluster


def cluster(features: Values, count: int, method: str = "k-means", seed: int = 0) -> Clusters:
    """Divide features into clusters, numbered by their size, the largest first.

    Args:
        features: (N, ...), flattened.
        count: number of clusters, from 2 to N.
        method: a name in `METHODS`.
        seed: of the initialization.

    Raises:
        InvalidInput: the number is outside its range, or a value is not finite.
    """
    x = as_tensor(features, "features").flatten(1).float()
    if not 2 <= count <= len(x):
        raise InvalidInput(f"The number of clusters is {count}; it must be from 2 to the {len(x):,} examples.")
    if not x.isfinite().all():
        raise InvalidInput("A feature is not finite; clusters need finite values.")
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    # Small matrices: on a busy machine, threads that wait for each other take ten times as long as a single one.
    with threadpool_limits(1):
        fitted = METHODS[method].fit(x.double().numpy(), count, seed)
    members, typicality, certainty = map(torch.from_numpy, fitted)
    by_size = torch.bincount(members.long(), minlength=count).argsort(descending=True, stable=True)
    return Clusters(by_size.argsort()[members.long()], typicality, certainty, count)


def score_clusters(found: Clusters, labels: Values | None, features: Values, seed: int = 0) -> ClusterScores:
    """Compare clusters with classes.

    Accuracy: each cluster is matched with one class such that most examples agree, by the Hungarian method (Xie,
    Girshick, Farhadi, Unsupervised deep embedding for clustering analysis, ICML 2016, eq. 10).

    Args:
        found: the clusters of N examples.
        labels: their classes (N,); None if they have none.
        features: what was clustered (N, ...).
        seed: of the choice of examples for the silhouette.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    silhouette = _silhouette(found.members.numpy(), as_tensor(features, "features"), seed)
    if labels is None:
        return ClusterScores(None, None, None, silhouette)
    classes, members = as_tensor(labels, "labels").long().numpy(), found.members.numpy()
    table = confusion(found, labels)
    agreeing = sum(int(table[row, column]) for row, column in matched_classes(table).items())
    return ClusterScores(
        agreeing / len(members),
        float(normalized_mutual_info_score(classes, members)),
        float(adjusted_rand_score(classes, members)),
        silhouette,
    )


def matched_classes(table: Tensor) -> dict[int, int]:
    """Match clusters with different classes so that most examples agree; the class by cluster.

    Args:
        table: the confusion (clusters, classes). With more clusters than classes, some clusters stay without, and so
            do those that would be matched with a class of which they have no example.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if table[row, column]}


def confusion(found: Clusters, labels: Values) -> Tensor:
    """Count the examples (clusters, classes) of each class in each cluster."""
    classes = as_tensor(labels, "labels").long()
    columns = int(classes.max()) + 1
    return torch.bincount(found.members * columns + classes, minlength=found.count * columns).reshape(-1, columns)


def mean_images(found: Clusters, images: Tensor) -> Tensor:
    """Return the mean image (clusters, *input_shape) of each cluster; black for one without members.

    Args:
        found: the clusters of N examples.
        images: (N, *input_shape), uint8 or float; the result is of the same type.
    """
    sums = torch.zeros(found.count, *images.shape[1:], dtype=torch.float64).index_add_(
        0, found.members, images.double()
    )
    counts = torch.bincount(found.members, minlength=found.count).clamp(min=1)
    means = sums / counts.reshape(-1, *[1] * (images.ndim - 1))
    return (means if images.is_floating_point() else means.round()).to(images.dtype)


def _silhouette(members: Any, features: Tensor, seed: int) -> float | None:
    from sklearn.metrics import silhouette_score

    chosen = np.random.default_rng(seed).permutation(len(members))[:MAX_SILHOUETTE]
    if not 1 < len(np.unique(members[chosen])) < len(chosen):
        return None
    return float(silhouette_score(features.flatten(1).float().numpy()[chosen], members[chosen]))


def _k_means(x: Any, count: int, seed: int) -> tuple[Any, Any, Any]:
    """Typical: near the center. Certain: much nearer to it than to any other center."""
    from sklearn.cluster import KMeans  # takes seconds to import

    fitted = KMeans(count, n_init=_RESTARTS, random_state=seed).fit(x)
    nearest = np.sort(fitted.transform(x), axis=1)
    return fitted.labels_, -nearest[:, 0], 1 - nearest[:, 0] / np.maximum(nearest[:, 1], 1e-12)


def _mixture(x: Any, count: int, seed: int) -> tuple[Any, Any, Any]:
    """Typical: likely under the Gaussian of its cluster. Certain: unlikely under all others."""
    from scipy.stats import multivariate_normal
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    if x.shape[1] > MAX_MIXTURE:
        # A covariance matrix of more features than examples is large, and its eigenvectors take minutes.
        solver = "covariance_eigh" if x.shape[1] <= len(x) else "auto"
        x = PCA(min(MAX_MIXTURE, len(x)), svd_solver=solver, random_state=seed).fit_transform(x)
    fitted = GaussianMixture(count, n_init=_RESTARTS, reg_covar=1e-6 + 1e-4 * x.var(), random_state=seed).fit(x)
    parts = zip(fitted.weights_, fitted.means_, fitted.covariances_, strict=True)
    joint = np.stack([np.log(w) + multivariate_normal.logpdf(x, m, c) for w, m, c in parts], axis=1)  # (N, clusters)
    best = np.sort(joint, axis=1)
    return joint.argmax(axis=1), best[:, -1], best[:, -1] - best[:, -2]


#: All methods by name.
METHODS = {
    method.name: method
    for method in (
        Method(
            "k-means", "k-means", "Each example belongs to the nearest of k centers; the best of 10 starts.", _k_means
        ),
        Method(
            "mixture",
            "Gaussian mixture",
            "Each example belongs to the most likely of k Gaussians with full covariance matrices; of more than "
            f"{MAX_MIXTURE} numbers, in their {MAX_MIXTURE} principal components.",
            _mixture,
        ),
    )
}
