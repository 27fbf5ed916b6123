"""Contractive: the norm of the encoder's Jacobian."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.penalties.code_penalty import CodePenalty


class Contractive(CodePenalty):
    """Squared norm of the encoder's Jacobian: small changes of the image hardly change the code.

    Rifai et al., Contractive auto-encoders: explicit invariance during feature extraction, ICML 2011, eq. 2.
    """

    kind: Literal["contractive"] = "contractive"
    title = "Contractive"
    differentiates = True
    weight: float = Field(
        1.0, ge=0, le=1000, title="Weight", description="Weight of the squared Jacobian norm in the loss (lambda).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip
    probes: int = Field(
        1, ge=1, le=1024, title="Probes", description="Random latent directions per step that estimate the norm. With "
        "as many probes as latent dimensions, it is exact.",
    )  # fmt: skip

    def _value(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> Tensor:
        return squared_jacobian(x, z, self.probes, generator).mean()


def squared_jacobian(x: Tensor, z: Tensor, probes: int, generator: torch.Generator | None) -> Tensor:
    """Return the squared Frobenius norm of J = dz/dx for each image; differentiable.

    E ||J^T v||^2 = ||J||^2 for random signs v (Hutchinson 1990), so the mean over a few probes v is an unbiased
    estimate that does not need all of J. With as many probes as J has rows, J itself costs no more.

    Args:
        x: inputs (B, *input_shape) that require a gradient.
        z: their codes (B, D); each must depend on its own input only.
        probes: number of random directions; D or more gives the exact norm.
        generator: source of the random signs, on z's device; torch's global one if None.

    Returns:
        (B,)
    """
    if probes >= z.shape[1]:
        directions = torch.eye(z.shape[1], device=z.device)[:, None].expand(-1, len(z), -1)  # (D, B, D)
        return torch.stack([_squared_product(x, z, v) for v in directions]).sum(dim=0)
    bits = torch.randint(2, (probes, *z.shape), generator=generator, device=z.device)
    return torch.stack([_squared_product(x, z, v) for v in 2.0 * bits - 1]).mean(dim=0)


def _squared_product(x: Tensor, z: Tensor, v: Tensor) -> Tensor:
    """Return ||J^T v||^2 for each image (B,)."""
    (gradient,) = torch.autograd.grad(z, x, v, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1)
