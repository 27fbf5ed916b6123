"""The visitor's own drawing or upload on the map, with its neighbours."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from aecore.analysis.neighbours import nearest
from aecore.config import RunConfig
from aecore.exploring import Explored
from aecore.images import Picture, prepare, to_pixels
from aecore.runs.run import Run
from aecore.strangers import as_inputs, encode_all
from pages.parts import lab, own
from pages.parts.pictures import sheets

NEIGHBOURS = 10
_MARKED = "latent-own"


def code_of_own(run: Run, config: RunConfig) -> Tensor | None:
    """The code (1, D) of what the visitor drew or brought last; None if there is nothing."""
    picture = _picture()
    return None if picture is None else _code(run, config, picture)[1]


def own_on_the_map(run: Run, config: RunConfig, explored: Explored) -> None:
    """A canvas and an uploader; what comes from them has a place on the map, and neighbours."""
    left, right = st.columns([3, 8], gap="large")
    with left:
        way = st.segmented_control("From", ["Draw", "Upload"], default="Draw", key=_MARKED, required=True)
        own.drawing("draw-latent") if way == "Draw" else own.upload()
    picture = _picture()
    with right:
        if picture is None:
            st.caption("Draw a digit, or bring a picture: it appears on the map as “yours”.")
            return
        given, code = _code(run, config, picture)
        found, _ = nearest(explored.codes, code, NEIGHBOURS)
        sheets(
            [
                ("yours, as the model sees it", to_pixels(given)),
                ("nearest test pictures", to_pixels(explored.images[found[0]])),
            ],
            NEIGHBOURS,
        )


def _picture() -> Picture | None:
    if st.session_state.get(_MARKED, "Draw") == "Draw":
        return own.last_drawing()
    brought = own.brought()
    return brought[0].picture if brought else None


def _code(run: Run, config: RunConfig, picture: Picture) -> tuple[Tensor, Tensor]:
    images = as_inputs([prepare(picture, config.dataset.input_shape, config.dataset.preparation)])
    return images, encode_all(lab.model(run), images).flatten(1)
