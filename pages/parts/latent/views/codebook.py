"""The codebook view: how often each entry is used, what it looks like, and what each position holds."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from aecore.analysis.codebook import counts_by_position, entropy_bits, entry_counts, perplexity, replace_index
from aecore.images import to_pixels
from aecore.latent.codes import codes_from_indices, decoder
from pages.parts.images.html import numbers_grid, sheets
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import View

MAX_ENTRIES = 16  # decoded as images
MAX_POSITIONS, ALTERNATIVES = 12, 11
CHART_HEIGHT = 220


def is_discrete(context: LatentContext) -> bool:
    """Whether the codes are codebook indices, so that there is nothing between two codes."""
    return context.space.config.bottleneck.discrete


def draw_codebook(context: LatentContext) -> None:
    """The use of the entries, the entropy of each position, and images of one entry at every position."""
    model, indices = context.space.model, codebook_indices(context)
    size, positions = model.bottleneck.codebook_size, indices.shape[1]
    counts = entry_counts(indices, size)
    order = counts.argsort(descending=True)
    used = int((counts > 0).sum())
    left, right = st.columns([8, 5], gap="large")
    with left:
        st.markdown(
            f"**{used:,} of {size:,} entries are used.** Perplexity {perplexity(counts):.1f}: the number of entries "
            "that would be as informative if all were used equally often."
        )
        _draw_use(counts, order)
    with right:
        _draw_entropy(entropy_bits(counts_by_position(indices, size)), *model.latent_shape[1:])
    best = order[: min(MAX_ENTRIES, used)]
    images = decoder(model)(codes_from_indices(model, best[:, None].expand(-1, positions)))
    sheets([("each at every position", to_pixels(images))], MAX_ENTRIES, [f"entry {i}" for i in best.tolist()])


def draw_replacements(context: LatentContext) -> None:
    """The selected image with other entries at one position: what a discrete code has in place of traversals."""
    model, indices, sliders = context.space.model, codebook_indices(context), context.space.latent_sliders
    frequencies, decode = counts_by_position(indices, model.bottleneck.codebook_size), decoder(model)
    entropies, rows = entropy_bits(frequencies), []
    for position in sliders.order[:MAX_POSITIONS]:
        replacements = replace_index(indices[context.selected], frequencies, position, ALTERNATIVES)
        label = f"{sliders.names[position]}: {entropies[position]:.1f} bits"
        rows.append((label, to_pixels(decode(codes_from_indices(model, replacements)))))
    sheets(rows, ALTERNATIVES)
    count = len(sliders.names)
    which = f" The {len(rows)} of {count} positions with the highest entropy are shown." if len(rows) < count else ""
    st.caption(
        "Codebook indices are categorical, so there is no direction to traverse. Left: the selected image. To "
        "its right, the entry at one position is replaced by the other entries that are most frequent there. Positions "
        f"are named by row and column.{which}"
    )


def codebook_indices(context: LatentContext) -> Tensor:
    """The codebook indices (N, P) of all codes, position by position."""
    indices = context.space.codebook_indices
    assert indices is not None
    return indices


def _draw_use(counts: Tensor, order: Tensor) -> None:
    figure = go.Figure(go.Bar(y=(counts[order] / counts.sum()).numpy(), customdata=order.numpy(), name=""))
    figure.update_traces(hovertemplate="entry %{customdata}: %{y:.2%} of all positions")
    figure.update_layout(
        height=CHART_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, bargap=0.1,
        xaxis_title_text="entries, most used first", yaxis_title_text="fraction of positions", yaxis_tickformat=".0%",
    )  # fmt: skip
    alt = f"Use of {len(counts)} codebook entries"
    st.plotly_chart(figure, key="codebook-use", config={"displayModeBar": False}, alt=alt)


def _draw_entropy(entropies: Tensor, rows: int, columns: int) -> None:
    st.markdown(f"**{rows} × {columns} positions: at most {entropies.sum():.0f} bits per image**")
    st.html(numbers_grid([[f"{value:.1f}" for value in row] for row in entropies.reshape(rows, columns).tolist()]))
    st.caption(
        "Entropy of the entries at each position, in bits. A whole code holds less than the sum, because neighboring "
        "codes are correlated."
    )


VIEW = View("Codebook", draw_codebook, available=is_discrete)
