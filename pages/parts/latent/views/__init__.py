"""The registry of latent views, and the control that selects one."""

from __future__ import annotations

import streamlit as st

from pages.parts.latent.context import LatentContext
from pages.parts.latent.views import (
    arithmetic,
    codebook,
    feature_map,
    generate,
    history,
    interpolation,
    manifold,
    own_image,
    selection,
    traversals,
)
from pages.parts.latent.views.base import View
from pages.parts.shell import session

VIEWS: tuple[View, ...] = (
    interpolation.VIEW,
    manifold.VIEW,
    traversals.VIEW,
    arithmetic.VIEW,
    generate.VIEW,
    own_image.VIEW,
    selection.VIEW,
    history.VIEW,
    codebook.VIEW,
    feature_map.VIEW,
)


def choose_view(context: LatentContext) -> View:
    """The selected view; the first one if the run's code does not have the one selected before."""
    views = {view.title: view for view in VIEWS if view.available(context)}
    titles = list(views)
    session.VIEW.correct(views.__contains__, titles[0])
    title = st.segmented_control(
        "View", titles, default=titles[0], key=session.VIEW.name, required=True, bind="query-params", wrap=True
    )
    return views[title or titles[0]]  # an address may name nothing
