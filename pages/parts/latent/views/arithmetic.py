"""The arithmetic view: class means added to the selected code and subtracted from it."""

from __future__ import annotations

import streamlit as st
import torch

from aecore.analysis.traversal import class_direction
from aecore.images import to_pixels
from aecore.latent.codes import decoder
from pages.parts.images.html import sheets
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import View

STEPS = 9


def draw_arithmetic(context: LatentContext) -> None:
    """The selected code plus a growing share of the difference between the means of two groups of classes."""
    encoded, class_names = context.space.encoded, context.space.encoded.class_names
    if not class_names:
        st.caption("Arithmetic needs images with classes, and this dataset has none.")
        return
    classes = sorted(set(encoded.labels.tolist()))
    own_class = int(encoded.labels[context.selected])  # without its mean, the selected code loses what shows its class
    other_class = next((c for c in classes if c != own_class), own_class)
    columns = st.columns(2)
    added, subtracted = (
        column.multiselect(
            f"{action} the mean of",
            classes,
            [default],
            format_func=class_names.__getitem__,
            key=f"{action}-{'-'.join(map(str, classes))}",
            persist_state="session",
        )
        for column, action, default in zip(columns, ("Add", "Subtract"), (other_class, own_class), strict=True)
    )
    if not added or not subtracted:
        st.caption("Select at least one class to add and one to subtract.")
        return
    difference = class_direction(encoded.codes, encoded.labels, added, subtracted)
    shares = torch.linspace(0, 1, STEPS)[:, None]
    images = decoder(context.space.model)(context.selected_code + shares * difference)
    sheets([("selected + t × (added − subtracted)", to_pixels(images))], STEPS)
    st.caption("Equal steps from the selected image (left, t = 0) to the full difference (right, t = 1).")


VIEW = View("Arithmetic", draw_arithmetic)
