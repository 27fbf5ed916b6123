"""TiedLinear: a linear layer with the transposed weights of another layer."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TiedLinear(nn.Module):
    """`x W + b` with the weights `W` of a layer that computes `W x`; only the bias is a parameter of this layer.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 2.2: tied weights W' = W^T.

    Args:
        source: the layer that owns the weights (out, in).
        rows: use the first `rows` of its outputs only; all by default.
    """

    def __init__(self, source: nn.Linear, rows: int | None = None) -> None:
        super().__init__()
        self._source = (source,)  # a tuple hides it from nn.Module: its weights are saved and counted once
        self.rows = rows
        bound = (rows or source.out_features) ** -0.5  # the initialization of nn.Linear
        self.bias = nn.Parameter(torch.empty(source.in_features).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """(B, rows) to (B, in)."""
        return F.linear(x, self._source[0].weight[: self.rows].t(), self.bias)
