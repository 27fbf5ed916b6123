"""L1: sparse codes by their absolute values."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.objectives.penalties.code_penalty import CodePenalty


class L1(CodePenalty):
    """L1 norm of the code: most latent dimensions stay close to zero, which gives a sparse code.

    Olshausen and Field, Emergence of simple-cell receptive field properties by learning a sparse code for natural
    images, Nature 1996, eq. 2 with S(x) = |x|.
    """

    kind: Literal["l1"] = "l1"
    title = "L1 on the code"
    weight: float = Field(
        0.1, ge=0, le=1000, title="Weight", description="Weight of the L1 norm in the loss (lambda).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def _value(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> Tensor:
        return z.abs().sum(dim=1).mean()
