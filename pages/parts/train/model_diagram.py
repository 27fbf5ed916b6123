"""The model diagram: one block for each layer, whose height follows the size of its output; the code is marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.models.summary import LayerSummary, summarize

#: The classes of labels, with the characters of their longest one: the style hides those wider than their block.
WIDTHS = {"tiny": 2, "short": 3, "medium": 5, "long": math.inf}


def model_diagram(config: RunConfig | None) -> None:
    """Draw the layers of a config's model, with its number of parameters and the size of its code.

    Without a config, a text takes its place, so that what follows does not jump.
    """
    if config is None:
        st.html('<div class="model-diagram-note missing">The diagram of the model returns with valid settings.</div>')
        return
    layers = _layers(config.to_json(), config)
    parameters = sum(layer.parameters for layer in layers)
    inputs, code = math.prod(config.dataset.input_shape), config.components
    ratio = f"{inputs / code:.3g} times fewer" if code < inputs else "not fewer"
    st.html(
        f'<div class="model-diagram" role="img" aria-label="{escape(_alt_text(layers))}">{blocks(layers)}</div>'
        f'<div class="model-diagram-note numbers">{parameters:,} parameters · code of {config.stored_numbers:,} '
        f"values, {ratio} than the {config.dataset.unit}'s {inputs:,}</div>"
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _layers(key: str, _config: RunConfig) -> list[LayerSummary]:
    return summarize(_config.build_model("meta"))


def blocks(layers: Sequence[LayerSummary]) -> str:
    """The blocks of the layers as HTML."""
    largest = max(math.prod(layer.shape) for layer in layers)
    return "".join(_block(layer, largest) for layer in layers)


def _block(layer: LayerSummary, largest: int) -> str:
    height = 14 + 58 * math.log1p(math.prod(layer.shape)) / math.log1p(largest)
    channels, *sides = layer.shape
    is_image = layer.role in ("input", "output") and bool(sides)
    label = _short_size(sides) if is_image else f"{channels:,}"
    size = f"<small>{_short_size(sides)}</small>" if sides and not is_image else ""
    width = next(name for name, longest in WIDTHS.items() if len(label) <= longest)
    title = f"{layer.name}: {' × '.join(map(str, layer.shape))}, {layer.parameters:,} parameters"
    return (
        f'<div class="block {layer.role}" title="{escape(title)}">'
        f'<div style="height:{height:.0f}px"></div><span class="{width}">{label}{size}</span></div>'
    )


def _short_size(sides: list[int]) -> str:
    """Height and width in the narrow space below a block; the tooltip has the full shape."""
    return f"{sides[0]}²" if len(set(sides)) == 1 and len(sides) > 1 else "×".join(map(str, sides))


def _alt_text(layers: list[LayerSummary]) -> str:
    return "Layers of the model: " + ", ".join(f"{b.name} {' by '.join(map(str, b.shape))}" for b in layers)
