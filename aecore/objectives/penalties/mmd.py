"""MMD: the distance between the distribution of codes and a standard normal distribution."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.analysis.neighbors import centered_distances
from aecore.objectives.penalties.code_penalty import CodePenalty

#: Scales of the kernels, from Tolstikhin et al.'s code; a sum of several avoids the choice of one.
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: Codes of a batch to compare. Memory grows with the square, and more codes hardly improve the estimate.
MAX_CODES = 1000


class MMD(CodePenalty):
    """Maximum mean discrepancy between the codes and a standard normal, so that random codes can be decoded.

    Tolstikhin et al., Wasserstein auto-encoders, ICLR 2018, algorithm 2 (WAE-MMD).
    """

    kind: Literal["mmd"] = "mmd"
    title = "MMD (Wasserstein)"
    compares = True
    weight: float = Field(
        100.0, ge=0, le=100_000, title="Weight", description="Weight of the squared MMD in the loss (lambda).",
        json_schema_extra={"main": True, "step": 10.0},
    )  # fmt: skip

    @property
    def gaussian_prior(self) -> bool:
        return self.weight > 0

    def _value(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> Tensor:
        z = z[:MAX_CODES]
        return squared_mmd(z, torch.randn(z.shape, generator=generator, device=z.device))


def squared_mmd(a: Tensor, b: Tensor) -> Tensor:
    """Return the unbiased estimate of the squared maximum mean discrepancy of two samples; it may be negative.

    Gretton et al., A kernel two-sample test, JMLR 2012, lemma 6.

    Args:
        a: (N, D).
        b: (M, D).

    Returns:
        A scalar; 0 if a sample has fewer than two members.
    """
    if min(len(a), len(b)) < 2:
        return a.new_zeros(())
    return _off_diagonal_mean(_kernel(a, a)) + _off_diagonal_mean(_kernel(b, b)) - 2 * _kernel(a, b).mean()


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """Inverse multiquadratics C / (C + ||a - b||^2) with C = 2 D scale, summed over the scales: (N, M)."""
    squares = centered_distances(a, b).square()
    widths = [2 * a.shape[1] * scale for scale in SCALES]
    return torch.stack([width / (width + squares) for width in widths]).sum(dim=0)


def _off_diagonal_mean(kernel: Tensor) -> Tensor:
    """Mean of a kernel matrix (N, N) without its diagonal."""
    return (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
