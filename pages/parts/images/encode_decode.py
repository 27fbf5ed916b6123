"""Encoder and decoder on one vector: encode and decode it, encode it only, decode any code."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from pages.parts.images.html import table
from pages.parts.shell import resources

MAX_SLIDERS = 12
MAX_NUMBERS = 16


def encode_decode(run: Run, config: RunConfig, vectors: Tensor) -> None:
    """Draw one of the vectors (N, F), its code and its reconstruction as numbers, and sliders for the decoder."""
    model = resources.model(run)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.subheader("Encode and decode one vector")
    number = row.number_input("Test vector", 1, len(vectors), 1, key="test-vector", width=150)
    x = vectors[[number - 1]]
    code = model.encode(x)
    _numbers([("Input", x), ("Code (encoder)", code), ("Reconstruction (encoder and decoder)", model.reconstruct(x))])
    if config.latent_size > MAX_SLIDERS:
        return
    st.caption("The decoder alone: the sliders start at the code of this vector.")
    codes = model.encode(vectors)
    low, high = (0.0, 1.0) if config.bottleneck.unit_interval else (float(codes.min()), float(codes.max()) + 0.01)
    columns = st.columns(config.latent_size)
    values = [
        column.slider(f"z{i + 1}", low, high, min(max(float(value), low), high), 0.01, key=f"z-{run.id}-{number}-{i}")
        for i, (column, value) in enumerate(zip(columns, code.flatten().tolist(), strict=True))
    ]
    z = torch.tensor(values).reshape(code.shape)
    _numbers([("Code (sliders)", z), ("Output (decoder)", model.decode(z))])


def _numbers(rows: Sequence[tuple[str, Tensor]]) -> None:
    st.html(table([(title, _cells(values.flatten().tolist())) for title, values in rows]))


def _cells(values: Sequence[float]) -> list[str]:
    cells = [f"{value:.2f}" for value in values[:MAX_NUMBERS]]
    omitted = len(values) - MAX_NUMBERS
    return [*cells, f"and {omitted:,} more"] if omitted > 0 else cells
