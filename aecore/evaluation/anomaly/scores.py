"""Anomaly scores of a trained model: one number per example, larger for examples that are less like the normal ones.

To add a score, add a function that fits it and an entry in `SCORES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from aecore.analysis.metrics import cross_entropy, squared_error
from aecore.data.pixels import batches
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.base import BottleneckModule

#: Maps examples (N, *input_shape), as stored or as floats, to one score each, (N,).
Scorer: TypeAlias = Callable[[Tensor], Tensor]
#: Maps images (N, C, H, W) in [0, 1] to their reconstructions.
Reconstruct: TypeAlias = Callable[[Tensor], Tensor]

SMOOTHING = 3  # pixels: side of the squares over which the smoothed error averages differences


@dataclass(frozen=True)
class AnomalyScore:
    """A score of a trained model."""

    name: str
    title: str
    formula: str  # LaTeX
    explanation: str
    fit: Callable[[Autoencoder, Tensor], Scorer]  # given normal examples, usually those of the training
    applies: Callable[[Autoencoder], bool] = lambda model: True


def error_maps(model: Autoencoder, images: Tensor, smoothing: int = SMOOTHING) -> Tensor:
    """Compute where an image differs from its reconstruction: (N, C, H, W) to (N, H, W), zero or more.

    Differences are averaged over squares of `smoothing` pixels before they are squared, so that a stroke that is
    reconstructed a pixel away from its place counts less than a missing one; the map of an image sums to its score.
    """
    return reconstruction_error_maps(model.reconstruct, images, smoothing)


def reconstruction_error_maps(reconstruct: Reconstruct, images: Tensor, smoothing: int = SMOOTHING) -> Tensor:
    """Compute the maps of `error_maps` for any reconstruction of floats in [0, 1]."""
    return torch.cat([_smoothed(x - reconstruct(x), smoothing).square().sum(dim=1) for x in batches(images)])


def _smoothed(differences: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(differences, side, 1, side // 2)


def _error(model: Autoencoder, normal: Tensor) -> Scorer:
    return partial(_errors, model)


def _smoothed_error(model: Autoencoder, normal: Tensor) -> Scorer:
    return partial(_smoothed_errors, model)


def _negative_elbo(model: Autoencoder, normal: Tensor) -> Scorer:
    return partial(_negative_elbos, model)


def _mahalanobis(model: Autoencoder, normal: Tensor) -> Scorer:
    from sklearn.covariance import LedoitWolf  # takes seconds to import

    return partial(_distances, model, LedoitWolf().fit(_codes(model, normal)))


def _sum(model: Autoencoder, normal: Tensor) -> Scorer:
    scores = [fit(model, normal) for fit in (_error, _mahalanobis)]
    values = [score(normal) for score in scores]
    parts = [(score, float(v.mean()), float(v.std())) for score, v in zip(scores, values, strict=True)]
    return partial(_standardized_sum, parts)


# A detector is stored by pickle, so the scores are partial applications of these, not closures.


def _errors(model: Autoencoder, examples: Tensor) -> Tensor:
    return torch.cat([squared_error(x, model.reconstruct(x)) for x in batches(examples)])


def _smoothed_errors(model: Autoencoder, images: Tensor) -> Tensor:
    return error_maps(model, images).flatten(1).sum(dim=1)


def _negative_elbos(model: Autoencoder, examples: Tensor) -> Tensor:
    def score(x: Tensor) -> Tensor:
        features = model.encoder(x)
        logits = model.decode_logits(model.bottleneck.encode(features, False, None).z)
        if model.likelihood is not None:
            error = model.likelihood.nats(x, logits.float())
        else:
            error = cross_entropy(x, logits) if model.bounded else squared_error(x, logits) / 2
        divergence = model.bottleneck.divergence(features)
        assert divergence is not None  # or the score does not apply
        return error + divergence.sum(dim=1)

    return torch.cat([model.evaluate(score, x) for x in batches(examples)])


def _codes(model: Autoencoder, examples: Tensor) -> NDArray[np.float64]:
    codes = torch.cat([model.encode(x).flatten(1) for x in batches(examples)])
    return codes.double().cpu().numpy()


def _distances(model: Autoencoder, covariance: Any, examples: Tensor) -> Tensor:
    return torch.from_numpy(covariance.mahalanobis(_codes(model, examples))).float()


def _standardized_sum(parts: Sequence[tuple[Scorer, float, float]], examples: Tensor) -> Tensor:
    return torch.stack([(score(examples) - mean) / (deviation or 1) for score, mean, deviation in parts]).sum(dim=0)


def _has_images(model: Autoencoder) -> bool:
    return len(model.input_shape) == 3


def _is_variational(model: Autoencoder) -> bool:
    return type(model.bottleneck).divergence is not BottleneckModule.divergence


#: All scores by name, the most useful first.
SCORES = {
    score.name: score
    for score in (
        AnomalyScore(
            "smoothed-error",
            "Smoothed error",
            r"\lVert k_{3 \times 3} * (x - \hat{x}) \rVert^2",
            "Squared error after averaging the difference over 3 x 3 pixels: small shifts count less.",
            _smoothed_error,
            _has_images,
        ),
        AnomalyScore(
            "error",
            "Squared error",
            r"\lVert x - \hat{x} \rVert^2",
            "Squared error of the reconstruction, summed over the pixels.",
            _error,
        ),
        AnomalyScore(
            "elbo",
            "Negative ELBO",
            r"-\log p(x \mid z) + \mathrm{KL}\big(q(z \mid x) \,\Vert\, p(z)\big),\quad z = \mu(x)",
            "Reconstruction loss plus KL divergence of the code in nats (Kingma and Welling 2014, eq. 3).",
            _negative_elbo,
            _is_variational,
        ),
        AnomalyScore(
            "mahalanobis",
            "Mahalanobis distance",
            r"(z - \mu)^\top \Sigma^{-1} (z - \mu)",
            "Distance of the code from the mean of the normal codes, in units of their covariance (Ledoit and Wolf "
            "2004).",
            _mahalanobis,
        ),
        AnomalyScore(
            "sum",
            "Error + Mahalanobis",
            r"\frac{e - \bar{e}}{s_e} + \frac{d - \bar{d}}{s_d}",
            "Squared error and Mahalanobis distance, each standardized on normal examples.",
            _sum,
        ),
    )
}


def applicable_scores(model: Autoencoder) -> list[AnomalyScore]:
    """Return the scores that this model has."""
    return [score for score in SCORES.values() if score.applies(model)]
