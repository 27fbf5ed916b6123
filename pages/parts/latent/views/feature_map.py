"""The feature map view: the channels of the selected code, and what each of them contributes."""

from __future__ import annotations

import streamlit as st

from aecore.images import signed_to_color, to_pixels
from aecore.latent.codes import channel_contributions
from pages.parts.images.html import sheets
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import View

MAX_CHANNELS, MIN_COLUMNS = 16, 8


def is_feature_map(context: LatentContext) -> bool:
    """Whether the codes are continuous feature maps (channels, height, width)."""
    return not context.space.config.bottleneck.discrete and len(context.space.model.latent_shape) == 3


def draw_feature_map(context: LatentContext) -> None:
    """The most variable channels of the selected code, over what each of them alone adds to the decoded mean."""
    model, codes = context.space.model, context.space.encoded.codes
    count, height, width = model.latent_shape
    shares, maps, contributions = channel_contributions(model, codes, context.selected, MAX_CHANNELS)
    captions = [f"{channel + 1}: {share:.0%}" for channel, share in shares]
    reach = max(float(contributions.abs().max()), 1 / 255)
    rows = [
        ("values, low to high", to_pixels(maps)),
        ("contribution", signed_to_color((contributions / reach).numpy())),
    ]
    sheets(rows, max(MIN_COLUMNS, len(shares)), captions)
    which = f"The {len(shares)} most variable of {count:,} channels" if count > len(shares) else f"All {count} channels"
    st.caption(
        f"The code is a feature map: {count} channels of {height} × {width} values, {count * height * width:,} in "
        f"all. {which}, each with its fraction of the variance. Below it, what it alone adds to the decoded mean code: "
        f":orange[brighter] or :blue[darker], by at most {reach:.0%} of white. PCA, t-SNE and UMAP use all values as "
        "one vector."
    )


VIEW = View("Feature map", draw_feature_map, available=is_feature_map)
