"""The views of a latent space, by name; adding one is adding a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.latent import rooms
from pages.parts.latent.codebook import own_view
from pages.parts.latent.context import Scene
from pages.parts.latent.interpolation import between
from pages.parts.latent.own_image import own_on_the_map
from pages.parts.latent.selection import chosen_points

BETWEEN, YOURS, CHOSEN, LEARNED = "Between two", "Your picture", "Chosen points", "As it was learned"
KEY = "view"  # also in the address


def _learned(scene: Scene) -> None:
    st.caption("The map above moves through the training; another view brings the map of all points back.")


VIEWS: dict[str, Callable[[Scene], None]] = {
    BETWEEN: between,
    "Manifold grid": rooms.grid,
    "Traversals": rooms.traversals,
    "Arithmetic": rooms.arithmetic,
    "Generate": rooms.generate,
    YOURS: own_on_the_map,
    CHOSEN: chosen_points,
    LEARNED: _learned,
}


def views_of(scene: Scene) -> dict[str, Callable[[Scene], None]]:
    """All views that fit a run's code."""
    return VIEWS | own_view(scene)


def choose_view(names: Sequence[str]) -> str:
    """The one that is looked at; the first instead of one that this run has not."""
    if st.session_state.get(KEY, names[0]) not in names:
        st.session_state[KEY] = names[0]
    chosen = st.segmented_control("Look at", names, default=names[0], key=KEY, required=True, bind="query-params")
    return chosen or names[0]  # an address may name nothing
