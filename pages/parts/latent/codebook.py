"""Codes that are no row of numbers: how a codebook is used, and what the channels of a feature map hold."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from aecore.analysis.codebook import counts_by_position, entropy_bits, entry_counts, perplexity, replace_index
from aecore.images import signed_to_color, to_pixels
from aecore.latent.codes import channel_contributions, codes_from_indices, decoder
from pages.parts.images.html import numbers_grid, sheets
from pages.parts.latent.context import Scene

MOST_SHOWN = 16  # entries or channels, in pictures
MOST_PLACES, ALTERNATIVES = 12, 11
CHART_HEIGHT = 220


def own_view(scene: Scene) -> dict[str, Callable[[Scene], None]]:
    """The view that only such a code has, by its name; none where the code is a plain row of numbers."""
    if scene.discrete:
        return {"Codebook": codebook}
    return {"Feature map": feature_map} if len(scene.model.latent_shape) == 3 else {}


def codebook(scene: Scene) -> None:
    """How often each entry is chosen, what it looks like, and how much each place tells."""
    model = scene.model
    chosen, entries = scene.space.codebook_indices, model.bottleneck.codebook_size
    rows, columns = model.latent_shape[1:]
    counts = entry_counts(chosen, entries)
    order = counts.argsort(descending=True)
    figure = go.Figure(go.Bar(y=(counts[order] / counts.sum()).numpy(), customdata=order.numpy(), name=""))
    figure.update_traces(hovertemplate="entry %{customdata}: %{y:.2%} of all places")
    figure.update_layout(
        height=CHART_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, bargap=0.1,
        xaxis_title_text="entries, the most used first", yaxis_title_text="share of places", yaxis_tickformat=".0%",
    )  # fmt: skip
    left, right = st.columns([8, 5], gap="large")
    used = int((counts > 0).sum())
    with left:
        st.markdown(
            f"**{used:,} of {entries:,} entries are used**, as evenly as {perplexity(counts):.1f} entries that are "
            "all used alike (perplexity)."
        )
        st.plotly_chart(
            figure, key="codebook-use", config={"displayModeBar": False}, alt=f"Use of {entries} codebook entries"
        )
    with right:
        told = entropy_bits(counts_by_position(chosen, entries))
        st.markdown(f"**{rows} × {columns} places tell {told.sum():.0f} bits at most**")
        st.html(numbers_grid([[f"{value:.1f}" for value in row] for row in told.reshape(rows, columns).tolist()]))
        st.caption(
            "What each place tells of a picture: the entropy of its entries in bits. The whole tells less than the "
            "sum, as neighbors know of each other."
        )
    decode, best = decoder(model), order[: min(MOST_SHOWN, used)]
    everywhere = decode(codes_from_indices(model, best[:, None].expand(-1, rows * columns)))
    sheets([("each at every place", to_pixels(everywhere))], MOST_SHOWN, [f"entry {i}" for i in best.tolist()])


def replacements(scene: Scene) -> None:
    """In place of traversals: the pinned picture with other entries at one place."""
    model = scene.model
    chosen, entries = scene.space.codebook_indices, model.bottleneck.codebook_size
    table, latent_sliders = counts_by_position(chosen, entries), scene.space.latent_sliders
    told, decode = entropy_bits(table), decoder(model)
    shown = []
    for place in latent_sliders.order[:MOST_PLACES]:
        codes = replace_index(chosen[scene.pin], table, place, ALTERNATIVES)
        shown.append(
            (
                f"{latent_sliders.names[place]}: {told[place]:.1f} bits",
                to_pixels(decode(codes_from_indices(model, codes))),
            )
        )
    sheets(shown, ALTERNATIVES)
    which = f" Here are the {len(shown)} of {len(latent_sliders.names)} places that tell most." * (
        len(shown) < len(latent_sliders.names)
    )
    st.caption(
        "A chosen entry has no more or less, so there is nothing to walk along. On the left the pinned picture; to its "
        "right, the entry at one place replaced by the others that are most frequent there. Places are named by row "
        f"and column.{which}"
    )


def feature_map(scene: Scene) -> None:
    """The channels of the pinned picture's map, and what each of them alone decodes to."""
    model = scene.model
    count, height, width = model.latent_shape
    shares, maps, adds = channel_contributions(model, scene.codes, scene.pin, MOST_SHOWN)
    captions = [f"{channel + 1}: {share:.0%}" for channel, share in shares]
    reach = max(float(adds.abs().max()), 1 / 255)
    rows = [("values, low to high", to_pixels(maps)), ("what it adds", signed_to_color((adds / reach).numpy()))]
    sheets(rows, max(8, len(shares)), captions)
    more = f"The {len(shares)} of {count:,} channels that vary most" if count > len(shares) else f"All {count} channels"
    st.caption(
        f"The code is a map: {count} channels of {height} × {width} numbers, {count * height * width:,} in all. "
        f"{more}, each with its share of the variance. Below it, what it alone adds to the decoded mean: "
        f":orange[brighter] or :blue[darker], at most by {reach:.0%} of white. Maps of PCA, t-SNE and UMAP "
        "are drawn of all numbers, as one row."
    )
