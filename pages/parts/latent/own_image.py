"""The visitor's own drawing or upload on the map, with its neighbors."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.evaluation.outliers import as_inputs, encode_all
from aecore.images import Picture, prepare, to_pixels
from aecore.latent.codes import decoder
from pages.parts.images import uploads
from pages.parts.images.html import sheets
from pages.parts.latent.context import Scene

NEIGHBOURS = 10
WAYS = ("Draw", "Upload")
_WAY = "own-way"  # in the session: what the visitor used last, also while the choice is not on the page


def own_picture(scene: Scene) -> tuple[Tensor, Tensor] | None:
    """What the visitor drew or brought last, as input (1, C, H, W) uint8 and code (1, D); None if there is nothing."""
    picture = _picture()
    if picture is None:
        return None
    dataset = scene.config.dataset
    images = as_inputs([prepare(picture, dataset.input_shape, dataset.preparation)])
    return images, encode_all(scene.model, images).flatten(1)


def own_on_the_map(scene: Scene) -> None:
    """A canvas and an uploader; what comes from them has a place on the map, and neighbors."""
    left, right = st.columns([3, 8], gap="large")
    with left:
        way = st.segmented_control("From", WAYS, default=WAYS[0], key=_WAY, required=True, persist_state="session")
        uploads.canvas("draw-latent") if way == WAYS[0] else uploads.uploader()
    found = own_picture(scene)
    with right:
        if found is None:
            st.caption("Draw something, or bring a picture: it appears on the map as “yours”.")
            return
        given, code = found
        near, _ = nearest(scene.codes, code, NEIGHBOURS)
        sheets(
            [
                ("yours, as the model sees it", to_pixels(given)),
                ("its reconstruction", to_pixels(decoder(scene.model)(code))),
                ("nearest test pictures", to_pixels(scene.encoded.images[near[0]])),
            ],
            NEIGHBOURS,
        )


def _picture() -> Picture | None:
    drawing, brought = uploads.last_drawing(), uploads.usable()
    uploaded = brought[0].image if brought else None
    first, second = (drawing, uploaded) if st.session_state.get(_WAY, WAYS[0]) == WAYS[0] else (uploaded, drawing)
    return second if first is None else first
