"""TiedLinear: a layer that uses another layer's weights, turned round."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TiedLinear(nn.Module):
    """`x W + b` with the weights `W` of a layer that computes `W x`; only the bias is its own.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 2.2: tied weights W' = W^T.

    Args:
        source: the layer whose weights are used, (out, in).
        rows: how many of its first outputs lead back; all by default.
    """

    def __init__(self, source: nn.Linear, rows: int | None = None) -> None:
        super().__init__()
        self._source = (source,)  # in a tuple: its weights are saved and counted where they belong
        self.rows = rows
        bound = (rows or source.out_features) ** -0.5  # as nn.Linear begins
        self.bias = nn.Parameter(torch.empty(source.in_features).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """(B, rows) to (B, in)."""
        return F.linear(x, self._source[0].weight[: self.rows].t(), self.bias)
