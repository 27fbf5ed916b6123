"""Recurrent: reads row by row, and draws row by row."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.models.networks.base import Activation, Network, Shape
from aecore.utils.precision import full_precision


class Recurrent(Network):
    """A memory that reads a picture row by row, and draws it row by row from what it remembers.

    Srivastava, Mansimov and Salakhutdinov, Unsupervised learning of video representations using LSTMs, ICML 2015.
    """

    kind: Literal["recurrent"] = "recurrent"
    title = "Recurrent"

    hidden: int = Field(
        128,
        ge=1,
        le=1024,
        title="Memory",
        description="Numbers carried from row to row (the hidden state).",
        json_schema_extra={"main": True, "stops": [16, 32, 64, 128, 256, 512, 1024]},
    )
    cell: Literal["lstm", "gru"] = Field(
        "lstm",
        title="Cell",
        description="LSTM (Hochreiter and Schmidhuber 1997), or the simpler GRU (Cho et al. 2014).",
        json_schema_extra={"labels": {"lstm": "LSTM", "gru": "GRU"}},
    )
    layers: int = Field(1, ge=1, le=4, title="Layers", description="Memories on top of each other, each way.")
    activation: Activation = Field(
        "tanh",
        title="Activation",
        description="What follows the layer from the code back to a memory; tanh keeps to a memory's range.",
    )

    def feature_shape(self, input_shape: Shape) -> Shape:
        return (self.hidden,)

    def encoder(self, input_shape: Shape) -> nn.Module:
        return nn.Sequential(_Rows(input_shape), self._memory(_rows(input_shape)[1]), _Last())

    def decoder(self, input_shape: Shape) -> nn.Module:
        steps, numbers = _rows(input_shape)
        picture = nn.Linear(self.hidden, numbers)  # row by row
        return nn.Sequential(_Repeat(steps, self.hidden), self._memory(self.hidden), picture, _Picture(input_shape))

    def _memory(self, numbers: int) -> nn.Module:
        cell = {"lstm": nn.LSTM, "gru": nn.GRU}[self.cell](numbers, self.hidden, self.layers, batch_first=True)
        _remember(cell)
        return _Memory(cell)


def _rows(input_shape: Shape) -> tuple[int, int]:
    """How many rows there are, and numbers in each: of a picture, of a sequence (T, F), or of a vector (F,)."""
    match input_shape:
        case (channels, height, width):
            return height, channels * width
        case (steps, numbers):
            return steps, numbers
        case _:
            return input_shape[0], 1


@torch.no_grad()
def _remember(cell: nn.LSTM | nn.GRU) -> None:
    """First weights that keep what was read, as Keras begins: measured, half the epochs of PyTorch's own.

    Glorot's for what comes in, orthogonal ones for what is carried on (Saxe et al. 2014), and a forget gate that is
    open (Jozefowicz et al., An empirical exploration of recurrent network architectures, ICML 2015).
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


class _Memory(nn.Module):
    """The state after each row: (B, T, numbers) to (B, T, hidden)."""

    def __init__(self, cell: nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, rows: Tensor) -> Tensor:
        with full_precision(rows.device):  # rounding errors would add up from row to row
            states: Tensor = self.cell(rows.float())[0]
        return states


class _Rows(nn.Module):
    """(B, *input_shape) to (B, T, numbers)."""

    def __init__(self, input_shape: Shape) -> None:
        super().__init__()
        self.shape = _rows(input_shape)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, 2) if x.ndim == 4 else x  # a picture's channels stand side by side in a row
        return rows.reshape(-1, *self.shape)


class _Picture(nn.Module):
    """(B, T, numbers) to (B, *input_shape)."""

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
    """The features again for each row, which is told its place: (B, hidden) to (B, T, hidden)."""

    box_name = "rows"

    def __init__(self, steps: int, hidden: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(steps, hidden))

    def forward(self, features: Tensor) -> Tensor:
        return features.unsqueeze(1) + self.places
