"""The three uses of an autoencoder, on one vector: encode and decode, encode alone, decode a code alone."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from pages.parts.shell import resources

MOST_SLIDERS = 12
MOST_NUMBERS = 16


def uses(run: Run, config: RunConfig, vectors: Tensor) -> None:
    """A vector with its code and its copy in numbers, and sliders that decode any other code."""
    model = resources.model(run)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.subheader("One vector, three uses")
    chosen = row.number_input("Test vector", 1, len(vectors), 1, key="use-vector", width=150)
    x = vectors[[chosen - 1]]
    code = model.encode(x)
    _table([("Encode and decode: the vector", x), ("its copy", model.reconstruct(x)), ("Encode alone: its code", code)])
    if config.latent_size > MOST_SLIDERS:
        return
    st.caption("Decode alone: the sliders begin at this vector's code; move them, and the decoder answers.")
    codes = model.encode(vectors)
    low, high = (0.0, 1.0) if config.bottleneck.unit_interval else (float(codes.min()), float(codes.max()) + 0.01)
    columns = st.columns(config.latent_size)
    own = [
        column.slider(f"z{i + 1}", low, high, min(max(float(value), low), high), 0.01, key=f"z-{run.id}-{chosen}-{i}")
        for i, (column, value) in enumerate(zip(columns, code.flatten().tolist(), strict=True))
    ]
    z = torch.tensor(own).reshape(code.shape)
    _table([("Decode alone: the code", z), ("what it decodes to", model.decode(z))])


def _table(rows: Sequence[tuple[str, Tensor]]) -> None:
    body = ""
    for name, numbers in rows:
        values = numbers.flatten().tolist()
        cells = "".join(f"<td>{value:.2f}</td>" for value in values[:MOST_NUMBERS])
        cells += f"<td>and {len(values) - MOST_NUMBERS:,} more</td>" if len(values) > MOST_NUMBERS else ""
        body += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    st.html(f'<div class="wide"><table class="scores numbers">{body}</table></div>')
