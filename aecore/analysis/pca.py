"""Principal component analysis: the optimal linear autoencoder and the baseline of every run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.errors import SCALED_FEATURES, Diverged


@dataclass(frozen=True)
class PCA:
    """Principal components, largest variance first."""

    mean: Tensor  # (D,)
    components: Tensor  # (K, D), orthonormal rows

    def clamp_components(self, components: int) -> int:
        """Clamp a number of components to those available: at most the number of training images."""
        return min(components, len(self.components))

    def reconstruct(self, images: Tensor, components: int) -> Tensor:
        """Project images (N, ...) with D values each onto the first components; not clipped to [0, 1]."""
        basis = self.components[:components]  # (k, D)
        centered = images.flatten(1) - self.mean  # (N, D)
        return (centered @ basis.T @ basis + self.mean).reshape(images.shape)


def fit_pca(images: Tensor) -> PCA:
    """Fit all principal components of images (N, ...), pixels in [0, 1].

    Hotelling, Analysis of a complex of statistical variables into principal components, 1933; implemented by
    scikit-learn.

    Raises:
        Diverged: the values are so large that the components are not finite.
    """
    from sklearn.decomposition import PCA as SklearnPCA  # takes seconds to import

    flat = images.flatten(1).numpy().astype(np.float32)
    # Eigenvectors of the covariance matrix: exact, and the fastest solver for many images of few pixels.
    solver = "covariance_eigh" if len(flat) > flat.shape[1] else "full"
    with suppress(ValueError, np.linalg.LinAlgError), np.errstate(over="ignore", invalid="ignore"):
        fitted = SklearnPCA(svd_solver=solver).fit(flat)
        if np.isfinite(fitted.components_).all() and np.isfinite(fitted.mean_).all():
            return PCA(torch.from_numpy(fitted.mean_).float(), torch.from_numpy(fitted.components_).float())
    raise Diverged(not_finite(images))


def not_finite(values: Tensor) -> str:
    """Return the message that PCA of these values is not finite."""
    largest = float(values.float().abs().max())
    return f"PCA is not finite, because of values of up to {largest:.2g}. {SCALED_FEATURES}"
