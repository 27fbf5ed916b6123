"""Ways through a latent space: between two codes, along one dimension, and new codes at random.

Codes are rows of numbers (N, D); whoever has other shapes flattens them. `Decode` is any function from codes (N, D) to
pictures (N, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

Decode = Callable[[Tensor], Tensor]

BATCH = 512
MOST_COVARIED = 128  # numbers of a code in a mixture of Gaussians with full covariances


def interpolate(start: Tensor, end: Tensor, count: int, spherical: bool = False) -> Tensor:
    """Codes from `start` (D,) to `end` (D,), both among them: (count, D).

    On a straight line, or on the arc around the origin (Shoemake, Animating rotation with quaternion curves, 1985),
    whose length goes evenly from one's to the other's. Codes in opposite directions have no arc of their own between
    them, nor has a code of zeros: for those the line is taken.

    Raises:
        ValueError: `count` is less than 2.
    """
    if count < 2:
        raise ValueError(f"An interpolation has its two ends at least; given is a count of {count}.")
    share = torch.linspace(0, 1, count, dtype=torch.float64)[:, None]  # (count, 1)
    a, b = start.double(), end.double()
    line = a + share * (b - a)
    lengths = a.norm(), b.norm()
    if spherical and min(lengths) > 0:
        ways = a / lengths[0], b / lengths[1]
        angle = torch.arccos((ways[0] @ ways[1]).clamp(-1, 1))
        if 1e-4 < float(angle) < np.pi - 1e-4:
            arc = (torch.sin((1 - share) * angle) * ways[0] + torch.sin(share * angle) * ways[1]) / torch.sin(angle)
            line = arc * (lengths[0] + share * (lengths[1] - lengths[0]))
    line[0], line[-1] = a, b  # to the last digit
    return line.to(start.dtype)


def traverse(code: Tensor, spreads: Tensor, dimensions: Tensor, count: int = 9, reach: float = 3.0) -> Tensor:
    """Codes that differ from one in a single dimension each: (len(dimensions), count, D).

    Args:
        code: (D,), the one they start from.
        spreads: (D,) standard deviations of the codes' dimensions.
        dimensions: indices of those to walk along.
        count: steps in each walk; the middle one of an odd count is the code itself.
        reach: how far to both sides, in standard deviations.
    """
    steps = torch.linspace(-reach, reach, count)
    walks = code.repeat(len(dimensions), count, 1)
    for row, dimension in enumerate(dimensions.tolist()):
        walks[row, :, dimension] += steps * spreads[dimension]
    return walks


def sample_prior(count: int, size: int, seed: int) -> Tensor:
    """Codes (count, size) from N(0, I), what a variational model is trained to decode."""
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def against_prior(codes: Tensor) -> tuple[float, float]:
    """How the numbers of codes (N, D) lie: the distance of their means from 0, and their standard deviations.

    Both are averages over the D numbers; draws from N(0, I) have 0 and 1.
    """
    return float(codes.mean(dim=0).abs().mean()), float(codes.std(dim=0, correction=0).mean())


@dataclass(frozen=True)
class Mixture:
    """Gaussians that codes may be drawn from."""

    weights: Tensor  # (K,), sum 1
    means: Tensor  # (K, D)
    roots: Tensor  # (K, D, D), lower triangular: covariance = root @ root.T; or (K, D) deviations, number by number

    def sample(self, count: int, seed: int) -> Tensor:
        """Codes (count, D); the same for the same seed."""
        draw = torch.Generator().manual_seed(seed)
        which = torch.multinomial(self.weights, count, replacement=True, generator=draw)
        noise = torch.randn(count, self.means.shape[1], generator=draw)
        roots = self.roots[which]
        spread = roots * noise if roots.ndim == 2 else torch.einsum("nij,nj->ni", roots, noise)
        return self.means[which] + spread


def sample_gaussian(codes: Tensor, count: int, seed: int) -> Tensor:
    """New codes (count, D) from the one Gaussian that has the mean and the covariance of codes (N, D).

    A sum of all deviations from the mean, each times a draw from N(0, 1), has that covariance without its matrix,
    which for large codes would be larger than memory.
    """
    draws = torch.randn(count, len(codes), generator=torch.Generator().manual_seed(seed), dtype=codes.dtype)
    mean = codes.mean(dim=0)
    parts = zip(torch.split(draws, BATCH, dim=1), torch.split(codes, BATCH), strict=True)
    spread = torch.stack([share @ (part - mean) for share, part in parts]).sum(dim=0)
    drawn: Tensor = mean + spread / max(1, len(codes) - 1) ** 0.5
    return drawn


def fit_mixture(codes: Tensor, components: int, seed: int = 0) -> Mixture:
    """A mixture of Gaussians fitted to codes (N, D); by scikit-learn.

    Ghosh et al., From variational to deterministic autoencoders, ICLR 2020, section 4: ex-post density estimation.
    """
    from sklearn.mixture import GaussianMixture  # seconds of imports, for new pictures alone

    # Full covariances of many numbers would not be told apart from noise: then each number varies by itself.
    full = codes.shape[1] <= MOST_COVARIED
    fitted = GaussianMixture(
        min(components, len(codes)), covariance_type="full" if full else "diag", init_params="k-means++",
        reg_covar=1e-6 + 1e-4 * float(codes.var()), random_state=seed,
    )  # fmt: skip
    fitted.fit((codes.double() if full else codes.float()).numpy())
    weights, means, covariances = map(torch.from_numpy, (fitted.weights_, fitted.means_, fitted.covariances_))
    roots = torch.linalg.cholesky(covariances) if full else covariances.sqrt()
    return Mixture(weights, means.to(codes.dtype), roots.to(codes.dtype))


def difference_of_means(codes: Tensor, labels: Tensor, wanted: Sequence[int], unwanted: Sequence[int]) -> Tensor:
    """The mean code of some classes minus that of others: (N, D) and (N,) to (D,).

    As in Mikolov et al., Distributed representations of words and phrases and their compositionality, NeurIPS 2013.

    Raises:
        ValueError: there is no code of the one or of the other.
    """
    means = []
    for classes in (wanted, unwanted):
        own = codes[torch.isin(labels, torch.tensor(list(classes), dtype=labels.dtype))]
        if not len(own):
            raise ValueError(f"There is no code of class {list(classes)} among the {len(codes):,} given.")
        means.append(own.mean(dim=0))
    return means[0] - means[1]
