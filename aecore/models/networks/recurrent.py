"""Recurrent: an LSTM or GRU over the rows of an image."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.networks.base import Activation, Network, Shape
from aecore.utils.precision import full_precision


class Recurrent(Network):
    """An LSTM or GRU reads the image row by row; a second one generates the rows from its final state.

    Srivastava, Mansimov and Salakhutdinov, Unsupervised learning of video representations using LSTMs, ICML 2015.
    """

    kind: Literal["recurrent"] = "recurrent"
    title = "Recurrent"

    hidden: int = Field(
        128,
        ge=1,
        le=1024,
        title="Hidden size",
        description="Dimension of the hidden state.",
        json_schema_extra={"main": True, "stops": [16, 32, 64, 128, 256, 512, 1024]},
    )
    cell: Literal["lstm", "gru"] = Field(
        "lstm",
        title="Cell",
        description="LSTM (Hochreiter and Schmidhuber 1997), or the simpler GRU (Cho et al. 2014).",
        json_schema_extra={"labels": {"lstm": "LSTM", "gru": "GRU"}},
    )
    layers: int = Field(
        1,
        ge=1,
        le=4,
        title="Layers",
        description="Stacked recurrent layers in the encoder, and as many in the decoder.",
    )
    activation: Activation = Field(
        "tanh",
        title="Activation",
        description="Nonlinearity after the layer from the code to the decoder; tanh has the range of a hidden state.",
    )

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.hidden,)

    def encoder(self, input_shape: Shape) -> nn.Module:
        return nn.Sequential(_ToRows(input_shape), self._recurrent(_row_shape(input_shape)[1]), _Last())

    def decoder(self, input_shape: Shape) -> nn.Module:
        steps, size = _row_shape(input_shape)
        to_row = nn.Linear(self.hidden, size)
        return nn.Sequential(
            _Repeat(steps, self.hidden), self._recurrent(self.hidden), to_row, _ToInputShape(input_shape)
        )

    def _recurrent(self, size: int) -> nn.Module:
        cell = {"lstm": nn.LSTM, "gru": nn.GRU}[self.cell](size, self.hidden, self.layers, batch_first=True)
        _init_recurrent(cell)
        return _RecurrentLayers(cell)


def _row_shape(input_shape: Shape) -> tuple[int, int]:
    """Number of rows and their length, of an image (C, H, W), a sequence (T, F) or a vector (F,)."""
    match input_shape:
        case (channels, height, width):
            return height, channels * width
        case (steps, size):
            return steps, size
        case _:
            return input_shape[0], 1


@torch.no_grad()
def _init_recurrent(cell: nn.LSTM | nn.GRU) -> None:
    """Initialize as Keras does, which needs half as many epochs as PyTorch's initialization (measured).

    Glorot uniform input weights, orthogonal recurrent weights (Saxe et al. 2014), and a forget gate bias of 1
    (Jozefowicz et al., An empirical exploration of recurrent network architectures, ICML 2015).
    """
    for name, weight in cell.named_parameters():
        for gate in weight.chunk(len(weight) // cell.hidden_size):  # each (hidden, ...)
            if name.startswith("weight_ih"):
                nn.init.xavier_uniform_(gate)
            elif name.startswith("weight_hh"):
                nn.init.orthogonal_(gate)
            else:
                nn.init.zeros_(gate)
        if name.startswith("bias_ih") and isinstance(cell, nn.LSTM):
            nn.init.ones_(weight.chunk(4)[1])  # input, forget, cell, output


class _RecurrentLayers(nn.Module):
    """The hidden state after each row: (B, T, F) to (B, T, hidden)."""

    def __init__(self, cell: nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.cell = cell
        self.summary_name = type(cell).__name__

    def forward(self, rows: Tensor) -> Tensor:
        if rows.is_meta:  # shapes only: step by step they would take half a second
            return rows.new_empty(*rows.shape[:-1], self.cell.hidden_size)
        with full_precision(rows.device):  # rounding errors would accumulate from row to row
            states: Tensor = self.cell(rows.float())[0]
        return states


class _ToRows(nn.Module):
    """(B, *input_shape) to (B, T, F)."""

    def __init__(self, input_shape: Shape) -> None:
        super().__init__()
        self.shape = _row_shape(input_shape)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, 2) if x.ndim == 4 else x  # a row of an image holds all of its channels
        return rows.reshape(-1, *self.shape)


class _ToInputShape(nn.Module):
    """(B, T, F) to (B, *input_shape)."""

    def __init__(self, input_shape: Shape) -> None:
        super().__init__()
        self.shape = input_shape

    def forward(self, rows: Tensor) -> Tensor:
        if len(self.shape) == 3:
            channels, height, width = self.shape
            return rows.reshape(-1, height, channels, width).transpose(1, 2)
        return rows.reshape(-1, *self.shape)


class _Last(nn.Module):
    def forward(self, states: Tensor) -> Tensor:
        """(B, T, hidden) to (B, hidden)."""
        return states[:, -1]


class _Repeat(nn.Module):
    """Repeat the features for each row and add position embeddings: (B, hidden) to (B, T, hidden)."""

    summary_name = "rows"

    def __init__(self, steps: int, hidden: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(steps, hidden))

    def forward(self, features: Tensor) -> Tensor:
        return features.unsqueeze(1) + self.places
