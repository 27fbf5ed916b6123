"""The model's diagram: one block a layer, as tall as its output is large, the code marked."""

from __future__ import annotations

import math
from html import escape

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.models.summary import LayerSummary, summarize


def blocks(config: RunConfig) -> None:
    """The layers of a config's model, and its parameters counted."""
    layers = _layers(config.to_json(), config)
    largest = max(math.prod(layer.shape) for layer in layers)
    inside = "".join(_block(layer, largest) for layer in layers)
    total = sum(layer.parameters for layer in layers)
    pixels, code = math.prod(config.dataset.input_shape), config.components
    ratio = f"{pixels / code:.3g} times fewer" if code < pixels else "no fewer"
    st.html(
        f'<div class="blocks" role="img" aria-label="{escape(_told(layers))}">{inside}</div>'
        f'<div class="blocks-note numbers">{total:,} parameters · code of {config.stored_numbers:,} numbers, '
        f"{ratio} than the {config.dataset.unit}'s {pixels:,}</div>"
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _layers(key: str, _config: RunConfig) -> list[LayerSummary]:
    return summarize(_config.build_model("meta"))


def _block(layer: LayerSummary, largest: int) -> str:
    height = 14 + 58 * math.log1p(math.prod(layer.shape)) / math.log1p(largest)
    channels, *sides = layer.shape if len(layer.shape) > 1 else (layer.shape[0],)
    is_picture = layer.role in ("input", "output") and bool(sides)
    label = _sides(sides) if is_picture else f"{channels:,}"
    small = f"<small>{_sides(sides)}</small>" if sides and not is_picture else ""
    title = f"{layer.name}: {' × '.join(map(str, layer.shape))}, {layer.parameters:,} parameters"
    return (
        f'<div class="block {layer.role}" title="{escape(title)}">'
        f'<div style="height:{height:.0f}px"></div><span>{label}{small}</span></div>'
    )


def _sides(sides: list[int]) -> str:
    """Height and width, short: blocks are narrow. The tooltip has it in full."""
    return f"{sides[0]}²" if len(set(sides)) == 1 and len(sides) > 1 else "×".join(map(str, sides))


def _told(layers: list[LayerSummary]) -> str:
    return "The model's layers: " + ", ".join(f"{b.name} {' by '.join(map(str, b.shape))}" for b in layers)
