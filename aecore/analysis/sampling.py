"""Random codes: from the prior, from one Gaussian, or from a Gaussian mixture fitted to known codes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BATCH_SIZE = 512
MAX_FULL_COVARIANCE = 128  # latent dimensions up to which a mixture has full covariance matrices


def sample_prior(count: int, size: int, seed: int) -> Tensor:
    """Sample codes (count, size) from N(0, I), the prior of a variational autoencoder."""
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def prior_statistics(codes: Tensor) -> tuple[float, float]:
    """Compare codes (N, D) with N(0, I).

    Returns:
        The absolute mean and the standard deviation of a dimension, averaged over the dimensions; N(0, I) has 0 and 1.
    """
    return float(codes.mean(dim=0).abs().mean()), float(codes.std(dim=0, correction=0).mean())


def sample_gaussian(codes: Tensor, count: int, seed: int) -> Tensor:
    """Sample codes (count, D) from the Gaussian with the mean and the covariance of codes (N, D).

    A sum of all deviations from the mean, each weighted by a draw from N(0, 1), has that covariance. The covariance
    matrix itself would not fit in memory for large codes.
    """
    draws = torch.randn(count, len(codes), generator=torch.Generator().manual_seed(seed), dtype=codes.dtype)
    mean = codes.mean(dim=0)
    batches = zip(torch.split(draws, BATCH_SIZE, dim=1), torch.split(codes, BATCH_SIZE), strict=True)
    deviations = torch.stack([weights @ (batch - mean) for weights, batch in batches]).sum(dim=0)
    samples: Tensor = mean + deviations / max(1, len(codes) - 1) ** 0.5
    return samples


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of Gaussians to sample codes from."""

    weights: Tensor  # (K,), sum 1
    means: Tensor  # (K, D)
    roots: Tensor  # (K, D, D), lower triangular: covariance = root @ root.T; or (K, D), standard deviations

    def sample(self, count: int, seed: int) -> Tensor:
        """Sample codes (count, D); the same seed gives the same codes."""
        generator = torch.Generator().manual_seed(seed)
        components = torch.multinomial(self.weights, count, replacement=True, generator=generator)
        noise = torch.randn(count, self.means.shape[1], generator=generator).to(self.means.dtype)
        roots = self.roots[components]
        deviations = roots * noise if roots.ndim == 2 else torch.einsum("nij,nj->ni", roots, noise)
        return self.means[components] + deviations


def fit_gaussian_mixture(codes: Tensor, components: int, seed: int = 0) -> GaussianMixture:
    """Fit a mixture of Gaussians to codes (N, D), with scikit-learn.

    Ghosh et al., From variational to deterministic autoencoders, ICLR 2020, section 4: ex-post density estimation.

    Args:
        codes: (N, D).
        components: number of Gaussians, at most N.
        seed: of the initialization.
    """
    from sklearn import mixture  # takes seconds to import

    # A full covariance matrix needs more codes than dimensions; diagonal covariances do not.
    full = codes.shape[1] <= MAX_FULL_COVARIANCE
    fitted = mixture.GaussianMixture(
        min(components, len(codes)), covariance_type="full" if full else "diag", init_params="k-means++",
        reg_covar=1e-6 + 1e-4 * float(codes.var()), random_state=seed,
    )  # fmt: skip
    fitted.fit((codes.double() if full else codes.float()).numpy())
    weights, means, covariances = map(torch.from_numpy, (fitted.weights_, fitted.means_, fitted.covariances_))
    roots = torch.linalg.cholesky(covariances) if full else covariances.sqrt()
    return GaussianMixture(weights, means.to(codes.dtype), roots.to(codes.dtype))
