"""Anomaly scores without an autoencoder: the baselines of every chart and table.

To add a baseline, add a function that fits it and an entry in `BASELINES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.analysis.pca import PCA, fit_leading
from aecore.data.pixels import batches, to_float
from aecore.evaluation.anomaly.scores import Scorer

_EXPLAINED = 0.95  # of the variance
_MAX_COMPONENTS = 256  # for large images, whose components take long
_MAX_FITTED = 6000  # examples; the time that a one-class SVM takes grows with their square


@dataclass(frozen=True)
class Baseline:
    """A score that is fitted to normal examples alone."""

    name: str
    title: str
    formula: str  # LaTeX
    explanation: str
    fit: Callable[[PCA, int, Tensor], Scorer]  # given PCA, the size of a code, and normal examples


def fit_baselines(normal: Tensor, latent_size: int) -> dict[str, Scorer]:
    """Fit all baselines to normal examples (N, *input_shape), for models with codes of a size."""
    pca = fit_leading(normal, max(latent_size, _MAX_COMPONENTS))
    assert pca is not None  # nothing cancels it
    return {name: baseline.fit(pca, latent_size, normal[:_MAX_FITTED]) for name, baseline in BASELINES.items()}


def _pca_residual(pca: PCA, latent_size: int, normal: Tensor) -> Scorer:
    return lambda examples: torch.cat([squared_error(x, pca.reconstruct(x, latent_size)) for x in batches(examples)])


def _isolation_forest(pca: PCA, latent_size: int, normal: Tensor) -> Scorer:
    from sklearn.ensemble import IsolationForest  # takes seconds to import

    return _of_projections(IsolationForest(random_state=0), pca, normal)


def _one_class_svm(pca: PCA, latent_size: int, normal: Tensor) -> Scorer:
    from sklearn.svm import OneClassSVM

    return _of_projections(OneClassSVM(nu=0.1), pca, normal)


def _of_projections(detector: Any, pca: PCA, normal: Tensor) -> Scorer:
    """Fit to the projections on as many components as explain 95% of the variance, as Ruff et al. 2018 do."""
    centered = to_float(normal).flatten(1) - pca.mean  # (N, D)
    variance = (centered @ pca.components[:_MAX_COMPONENTS].T).square().sum(dim=0)
    explained = variance.cumsum(0) / centered.square().sum().clamp(min=1e-12)
    components = pca.components[: int((explained < _EXPLAINED).sum()) + 1]

    def project(x: Tensor) -> Tensor:
        return (x.flatten(1) - pca.mean) @ components.T

    detector.fit(torch.cat([project(x) for x in batches(normal)]).numpy())
    return lambda examples: torch.cat(
        [-torch.from_numpy(detector.score_samples(project(x).numpy())).float() for x in batches(examples)]
    )


#: All baselines by name.
BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline(
            "pca",
            "PCA residual",
            r"\lVert x - \hat{x}_{\mathrm{PCA}} \rVert^2",
            "Squared error of PCA's reconstruction, with as many components as the code has dimensions.",
            _pca_residual,
        ),
        Baseline(
            "isolation-forest",
            "Isolation forest",
            r"2^{-E[h(z)] / c(n)}",
            "How few random splits isolate the projection on the principal components with 95% of the variance (Liu, "
            "Ting and Zhou 2008, eq. 2).",
            _isolation_forest,
        ),
        Baseline(
            "one-class-svm",
            "One-class SVM",
            r"-\sum_i \alpha_i\, k(z_i, z)",
            "Distance from the region that a kernel machine draws around the same projections (Schölkopf et al. 2001); "
            "nu is 0.1.",
            _one_class_svm,
        ),
    )
}
