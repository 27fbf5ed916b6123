"""The traversals view: one latent dimension at a time, around the selected code."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
import torch

from aecore.analysis.traversal import traverse
from aecore.images import to_pixels
from aecore.latent.codes import decoder
from pages.parts.images.html import sheets
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import View
from pages.parts.latent.views.codebook import draw_replacements

MAX_DIMENSIONS = 16  # of each kind: active and collapsed
STEPS = 11
REACH = 3.0  # standard deviations to both sides


def draw_traversals(context: LatentContext) -> None:
    """A row of images for each dimension, from -3 to +3 standard deviations around the selected code."""
    space = context.space
    if space.config.bottleneck.discrete:
        draw_replacements(context)
        return
    codes, collapsed = space.encoded.codes, space.collapsed_dimensions
    shown = _shown_dimensions(space.latent_sliders.order, collapsed)
    spreads = codes.std(dim=0, correction=0)
    labels = {i: f"{space.dimension_names[i]}, std {spreads[i]:.2g}" for i in shown}
    for i in collapsed:  # the codes hardly vary there, so the traversal covers the prior instead
        spreads[i] = 1.0
        labels[i] = f"{space.dimension_names[i]}, collapsed: KL {collapsed[i]:.3f} nats"
    rows = traverse(context.selected_code, spreads, torch.tensor(shown), STEPS, REACH)
    decode = decoder(space.model)
    heads = [f"{share:+.1f}".replace("-", "−") for share in torch.linspace(-REACH, REACH, STEPS).tolist()]
    heads[STEPS // 2] = "selected"
    sheets([(labels[i], to_pixels(decode(row))) for i, row in zip(shown, rows, strict=True)], STEPS, heads)
    st.caption(_caption(codes.shape[1], len(shown), bool(collapsed)))


def _shown_dimensions(order: Collection[int], collapsed: Collection[int]) -> list[int]:
    """The most variable dimensions, then collapsed ones that are not among them."""
    first, rest = list(order)[:MAX_DIMENSIONS], list(order)[MAX_DIMENSIONS:]
    return first + [i for i in rest if i in collapsed][:MAX_DIMENSIONS]


def _caption(size: int, shown: int, has_collapsed: bool) -> str:
    which = "The most variable dimensions come first."
    if size > shown:
        more = f", and {shown - MAX_DIMENSIONS} collapsed ones" if shown > MAX_DIMENSIONS else ""
        which = f"The grid shows the {min(size, MAX_DIMENSIONS)} most variable of {size:,} dimensions{more}."
    collapsed = (
        " Collapsed dimensions come last. They carry no information about an image, so they are varied over the range "
        "of the prior, ±3."
        if has_collapsed
        else ""
    )
    return (
        "Each row varies one latent dimension of the selected code from −3 to +3 standard deviations; the selected "
        f"image is in the middle. {which}{collapsed}"
    )


VIEW = View("Traversals", draw_traversals)
