"""Principal component analysis: the optimal linear autoencoder and the baseline of every run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from aecore.errors import SCALED_FEATURES, Diverged

MAX_EXACT = 1024  # pixels up to which all components take seconds
RANDOMIZED_SHARE = 0.25  # of all components; for more, the exact solver is about as fast
OVERSAMPLES = 16
ITERATIONS = 6  # the squared error exceeds the optimum by less than 0.1%


@dataclass(frozen=True)
class PCA:
    """Principal components, largest variance first."""

    mean: Tensor  # (D,)
    components: Tensor  # (K, D), orthonormal rows

    def clamp_components(self, components: int) -> int:
        """Clamp a number of components to those available: at most the number of training images."""
        return min(components, len(self.components))

    def project(self, images: Tensor | ArrayLike, components: int) -> Tensor:
        """Project images (N, ...) onto the first components (N, k)."""
        images = _as_floats(images)
        return (images.flatten(1) - self.mean.to(images.device)) @ self.components[:components].to(images.device).T

    def reconstruct(self, images: Tensor | ArrayLike, components: int) -> Tensor:
        """Project images (N, ...) with D values each onto the first components; not clipped to [0, 1]."""
        images = _as_floats(images)
        basis, mean = self.components[:components].to(images.device), self.mean.to(images.device)  # (k, D), (D,)
        centered = images.flatten(1) - mean  # (N, D)
        return (centered @ basis.T @ basis + mean).reshape(images.shape)


def fit_pca(images: Tensor | ArrayLike) -> PCA:
    """Fit all principal components of images (N, ...), pixels uint8 or in [0, 1].

    Hotelling, Analysis of a complex of statistical variables into principal components, 1933; implemented by
    scikit-learn.

    Raises:
        Diverged: the values are so large that the components are not finite.
    """
    from sklearn.decomposition import PCA as SklearnPCA  # takes seconds to import

    images = _as_floats(images)
    flat = images.flatten(1).cpu().numpy()
    # Eigenvectors of the covariance matrix: exact, and the fastest solver for many images of few pixels.
    solver = "covariance_eigh" if len(flat) > flat.shape[1] else "full"
    with suppress(ValueError, np.linalg.LinAlgError), np.errstate(over="ignore", invalid="ignore"):
        fitted = SklearnPCA(svd_solver=solver).fit(flat)
        if np.isfinite(fitted.components_).all() and np.isfinite(fitted.mean_).all():
            return PCA(torch.from_numpy(fitted.mean_).float(), torch.from_numpy(fitted.components_).float())
    raise Diverged(not_finite(images))


def fit_leading(
    images: Tensor | ArrayLike, components: int, should_stop: Callable[[], bool] = lambda: False
) -> PCA | None:
    """Fit at least the first principal components of images (N, ...), pixels uint8 or in [0, 1].

    Up to `MAX_EXACT` pixels these are all, as in `fit_pca`. A few components of larger images come from randomized
    subspace iteration, which takes seconds instead of minutes: Halko, Martinsson and Tropp, Finding structure with
    randomness, 2011, algorithm 4.4.

    Args:
        images: the images.
        components: how many components are needed.
        should_stop: called between iterations; True cancels, and the result is then None.

    Raises:
        Diverged: the values are so large that the components are not finite.
    """
    images = _as_floats(images)
    flat = images.flatten(1)
    if should_stop():
        return None
    if flat.shape[1] <= MAX_EXACT or components > RANDOMIZED_SHARE * min(flat.shape):
        return fit_pca(images)
    mean = flat.mean(dim=0)
    centered = flat - mean
    basis = torch.randn(flat.shape[1], components + OVERSAMPLES, generator=torch.Generator().manual_seed(0))
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(centered.T @ (centered @ basis)).Q  # (D, K)
        if should_stop():
            return None
    if not basis.isfinite().all():
        raise Diverged(not_finite(images))
    rotation = torch.linalg.svd(centered @ basis, full_matrices=False).Vh  # (K, K)
    return PCA(mean, (rotation @ basis.T)[:components].contiguous())


def _as_floats(images: Tensor | ArrayLike) -> Tensor:
    """Return images as float32, without gradients; uint8 pixels are scaled to [0, 1], as models take them."""
    values = torch.as_tensor(images).detach()
    return values.float() / 255 if values.dtype == torch.uint8 else values.float()


def not_finite(values: Tensor) -> str:
    """Return the message that PCA of these values is not finite."""
    largest = float(values.float().abs().max())
    return f"PCA is not finite, because of values of up to {largest:.2g}. {SCALED_FEATURES}"
