"""The manifold view: images decoded on a grid over the map's plane."""

from __future__ import annotations

import streamlit as st
import torch

from aecore.analysis.planes import decode_map, quantile_grid
from aecore.images import tile, to_pixels, to_png
from aecore.latent.codes import decoder, has_gaussian_prior
from pages.parts.images.html import img
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import View


def draw_manifold(context: LatentContext) -> None:
    """A grid of decoded images at quantiles of the prior, or of a normal distribution fitted to the codes.

    As in Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix A.
    """
    space, projected = context.space, context.projected
    if projected.axes is None or not context.has_two_axes:
        st.caption("The manifold needs a map with two axes in latent space: PCA or latent dimensions.")
        return
    count = st.slider("Images per side", 5, 30, 15, key="grid-count", width=260, persist_state="session")
    prior, size = has_gaussian_prior(space.config), space.encoded.codes.shape[1]
    across, down = quantile_grid(projected, count, prior)
    if size == 1:
        down = down[:1]  # the second axis of such a map means nothing
    through = torch.zeros_like(context.selected_code) if prior else context.selected_code
    images = decode_map(decoder(space.model), projected, space.encoded.codes, through, across, down)
    sheet = tile(to_pixels(images.flatten(0, 1)), count)
    st.html(f'<div style="max-width:44rem">{img(sheet, f"{len(images)} x {count} images decoded over the map")}</div>')
    st.caption(_caption(prior, size))
    st.download_button(
        "Download as PNG", to_png(sheet, 2), f"{context.run.id}-manifold.png", "image/png", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def _caption(prior: bool, size: int) -> str:
    plane = "On the plane through the selected code, images" if size > 2 else "Images"
    if prior and size > 2:
        plane = "On the plane through the origin of the latent space, images"
    distribution = "the prior N(0, 1)" if prior else "a normal distribution fitted to the codes"
    axes = "both axes, increasing to the right and upward" if size > 1 else "the axis, increasing to the right"
    return f"{plane} are decoded at equally spaced quantiles of {distribution} along {axes}."


VIEW = View("Manifold", draw_manifold)
