"""What colors the points of the map: their classes, or clusters that a visitor has named on the Features page."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from torch import Tensor

from aecore.latent.codes import EncodedSet
from aecore.runs.computed.clusters import MAX_EXAMPLES, read_clusterings
from aecore.runs.run import Run
from pages.parts.features.cluster_names import all_names, cluster_names, clustering_title, named_clusterings
from pages.parts.shell import session

CLASSES = "classes"


class Groups(NamedTuple):
    """The points of the map by color."""

    labels: Tensor  # (N,), of the first points: as many as are shown
    names: tuple[str, ...]  # empty if the points have no classes
    are_clusters: bool


def choose_colors(run: Run, step: int | None, has_classes: bool) -> str:
    """Draw the choice between classes and named clusterings, if there are any, and return its key."""
    named = named_clusterings(all_names(run, step))
    session.MAP_COLORS.correct(named.__contains__, CLASSES)
    if not named:
        return CLASSES
    titles = {CLASSES: "Classes" if has_classes else "None"} | {
        key: clustering_title(*clustering) for key, clustering in named.items()
    }
    chosen = st.segmented_control(
        "Colors", list(titles), default=CLASSES, key=session.MAP_COLORS.name, required=True,
        format_func=titles.__getitem__, bind="query-params", wrap=True,
    )  # fmt: skip
    return chosen or CLASSES  # an address may name nothing


def groups(run: Run, step: int | None, colors: str, encoded: EncodedSet) -> Groups:
    """The points by their classes, or by clusters of their codes as long as these are stored."""
    names = all_names(run, step)
    if colors in named_clusterings(names):
        method, count = named_clusterings(names)[colors]
        stored = read_clusterings(run, step, method, count, min(MAX_EXAMPLES, len(encoded)))
        if stored:
            members = next(iter(stored.values())).found.members
            return Groups(members, tuple(cluster_names(names, method, count)), are_clusters=True)
    return Groups(encoded.labels, encoded.class_names, are_clusters=False)
