"""KLSparsity: sparse codes by their mean activation."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.objectives.penalties.code_penalty import CodePenalty


class KLSparsity(CodePenalty):
    """KL divergence of each latent dimension's mean activation from a low target: each is active for few images.

    Ng, Sparse autoencoder, CS294A lecture notes 2011, section 3.
    """

    kind: Literal["kl-sparsity"] = "kl-sparsity"
    title = "KL sparsity"
    weight: float = Field(
        0.5, ge=0, le=1000, title="Weight", description="Weight of the KL divergence in the loss (beta).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip
    target: float = Field(
        0.05, gt=0, lt=1, title="Target activation", description="Target mean activation (rho).",
        json_schema_extra={"step": 0.01},
    )  # fmt: skip

    def check(self, bottleneck: Bottleneck) -> None:
        super().check(bottleneck)
        if not bottleneck.unit_interval:
            raise IncompatibleSettings(
                f"{self.title} needs codes between 0 and 1, and the {bottleneck.title.lower()} bottleneck is not "
                "limited to that range; choose the sigmoid bottleneck."
            )

    def _value(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> Tensor:
        return sparsity_divergence(z, self.target)


def sparsity_divergence(z: Tensor, target: float) -> Tensor:
    """Return KL(target || mean activation) in nats, summed over the dimensions of codes (B, D) in [0, 1].

    Ng, Sparse autoencoder, 2011, section 3.
    """
    active = z.mean(dim=0).clamp(1e-6, 1 - 1e-6)  # (D,)
    rho = torch.full_like(active, target)
    # Where float32 rounds the target to 0 or 1, one term is 0 log 0 = 0.
    on = rho * (rho / active).log() if rho.any() else active.new_zeros(())
    off = (1 - rho) * ((1 - rho) / (1 - active)).log() if (rho < 1).any() else active.new_zeros(())
    return (on + off).sum()
