"""Principal component analysis: the best linear autoencoder, the baseline beside every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class PCA:
    """Principal components, strongest first."""

    mean: Tensor  # (D,)
    components: Tensor  # (K, D), orthonormal rows

    def at_most(self, components: int) -> int:
        """So many components, or all there are: a set has no more than it has pictures."""
        return min(components, len(self.components))

    def reconstruct(self, pictures: Tensor, components: int) -> Tensor:
        """Pictures (N, ...) with D numbers each, projected onto the first components; not clipped to [0, 1]."""
        basis = self.components[:components]  # (k, D)
        centered = pictures.flatten(1) - self.mean  # (N, D)
        return (centered @ basis.T @ basis + self.mean).reshape(pictures.shape)


def fit_pca(pictures: Tensor) -> PCA:
    """All principal components of pictures (N, ...), pixels in [0, 1].

    Hotelling, Analysis of a complex of statistical variables into principal components, 1933; by scikit-learn.
    """
    from sklearn.decomposition import PCA as SklearnPCA  # seconds of imports, which nobody should wait for at the start

    flat = pictures.flatten(1).numpy().astype(np.float32)
    # The covariance's eigenvectors: exact, and by far the fastest way for many pictures of few pixels.
    solver = "covariance_eigh" if len(flat) > flat.shape[1] else "full"
    fitted = SklearnPCA(svd_solver=solver).fit(flat)
    return PCA(torch.from_numpy(fitted.mean_).float(), torch.from_numpy(fitted.components_).float())
