"""Newton-Schulz iteration: approximately orthogonal factors of matrices, by matrix products only.

The factor of X = U S V^T is U V^T. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024: each
step replaces X by aX + b(XX^T)X + c(XX^T)^2 X. The coefficients are theirs: singular values end between about 0.7 and
1.2, except those below 0.3% of the norm of X, which grow by at most 485.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from aecore.utils.precision import fast_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5

_EPS = 1e-7  # smallest norm that a matrix is divided by
_BFLOAT16_ROWS = 192  # measured on CPUs: bfloat16 products of smaller matrices are no faster
_BFLOAT16_SPEED = 2.0  # measured, of matrices with more rows


@cache
def uses_bfloat16(rows: int, device: str) -> bool:
    """Return whether to iterate on matrices with this number of rows in bfloat16, on a type of device."""
    return fast_bfloat16(device) and (device != "cpu" or rows >= _BFLOAT16_ROWS)


@cache
def uses_gram(rows: int, columns: int, device: str) -> bool:
    """Return whether matrices with rows <= columns take fewer operations by `gram_factor` than by `orthogonal_factor`.

    Gram matrices are always iterated in float32: rounded to bfloat16, their small eigenvalues would become negative.
    """
    product, square = rows * rows * columns, rows**3
    direct = STEPS * (2 * product + square) / (_BFLOAT16_SPEED if uses_bfloat16(rows, device) else 1)
    return device != "cuda" and 2 * product + (4 * STEPS - 3) * square < direct


def orthogonal_factor(matrices: Tensor) -> Tensor:
    """Return the approximately orthogonal factors of matrices (k, r, n), r <= n; in bfloat16 where that is faster."""
    a, b, c = COEFFICIENTS
    x: Tensor = matrices / matrices.flatten(1).norm(dim=1).clamp_min(_EPS)[:, None, None]
    if uses_bfloat16(x.shape[1], x.device.type):
        x = x.bfloat16()
    for _ in range(STEPS):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(matrices.dtype)


def gram_factor(grams: Tensor) -> Tensor:
    """Return P (k, r, r), where PX is the approximately orthogonal factor of X, given A = XX^T (k, r, r).

    Every iterate is a polynomial in A times X: X_k = P_k X, and A_k = X_k X_k^T = P_k A P_k. With Q = aI + bA_k +
    cA_k^2 the iteration is P_{k+1} = Q P_k and A_{k+1} = Q A_k Q: only two products have the long side of X, those that
    give A and PX.
    """
    a, b, c = COEFFICIENTS
    squared_norm = grams.diagonal(dim1=1, dim2=2).sum(1).clamp_min(_EPS**2)[:, None, None]
    gram, factor = grams / squared_norm, torch.empty(0)
    for step in range(STEPS):
        q = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        q.diagonal(dim1=1, dim2=2).add_(a)
        factor = torch.bmm(q, factor) if step else q
        if step < STEPS - 1:
            gram = torch.bmm(torch.bmm(q, gram), q)
    return factor * squared_norm.rsqrt()
