"""The clusters of one representation: their pictures, sizes and classes, and a heat map of clusters and classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from aecore.data.base import Dataset, Split
from aecore.evaluation.features.clusters import Clusters, confusion, matched_classes, mean_images
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.images import to_pixels
from aecore.runs.run import Run
from pages.parts.features.cluster_names import PLACE, all_names, cluster_names, clustering_title, name_input
from pages.parts.images.html import img
from pages.parts.shell.actions import show_refusal
from pages.parts.shell.navigation import page_info
from pages.parts.visitors import visitor

CODES = next(iter(REPRESENTATIONS))
MEMBERS = 6  # in a row of pictures
NAME_LENGTH = 14  # characters beside and below the heat map
MOST_NUMBERS = 16  # columns with a number in each cell
COLORS = [[0, "rgba(139, 151, 157, 0.08)"], [1, "rgba(42, 147, 160, 0.85)"]]
ROW, AXIS, HEIGHT = 21, 70, 330  # pixels: a row of the heat map, its axis, and its least height


@dataclass(frozen=True)
class Shown:
    """The clusters on the page."""

    run: Run
    dataset: Dataset
    class_names: Sequence[str]  # empty if there are none
    examples: Split  # what was clustered
    found: Clusters
    method: str
    representation: str

    @cached_property
    def names(self) -> list[str]:
        """The names of all clusters: those of codes can be named."""
        names = all_names(self.run, self.run.model_step()) if self.can_be_named else {}
        return cluster_names(names, self.method, self.found.count)

    @property
    def can_be_named(self) -> bool:
        """Whether these are clusters of codes, which the latent map shows."""
        return self.representation == CODES

    @cached_property
    def table(self) -> Tensor:
        """The numbers of examples (clusters, classes)."""
        return confusion(self.found, self.examples.labels)

    @cached_property
    def matched(self) -> dict[int, int]:
        """The class by cluster."""
        return matched_classes(self.table)


def confusion_chart(shown: Shown) -> None:
    """Draw a heat map: the share of each class in each cluster."""
    counts, matched = shown.table, shown.matched
    largest = counts.argmax(dim=1).tolist()
    order = sorted(range(shown.found.count), key=lambda c: (c not in matched, matched.get(c, largest[c])))
    rows = counts[order]
    shares = rows / rows.sum(dim=1, keepdim=True).clamp(min=1)
    columns = rows.shape[1]
    figure = go.Figure(
        go.Heatmap(
            z=shares.tolist(), customdata=rows.tolist(), x=list(range(columns)), y=list(range(len(order))),
            zmin=0, zmax=1, showscale=False, xgap=1, ygap=1, colorscale=COLORS,
            hovertemplate="%{y}, class %{x}: %{customdata} (%{z:.0%} of the cluster)<extra></extra>",
        )
    )  # fmt: skip
    if columns <= MOST_NUMBERS:  # a trace of their own, colored by CSS: Plotly takes every cell for opaque
        cells = rows.nonzero().tolist()
        figure.add_scatter(
            x=[x for _, x in cells], y=[y for y, _ in cells], text=[f"{rows[y, x]}" for y, x in cells], mode="text",
            textfont={"size": 11}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    plain = {"showgrid": False, "zeroline": False}
    class_names = [_short(name) for name in shown.class_names]
    figure.update_layout(
        height=max(HEIGHT, AXIS + ROW * len(order)), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        xaxis={
            **plain, "title_text": "class", "tickvals": list(range(columns)), "ticktext": class_names,
            "autotickangles": [0, -45, -90],  # Plotly hides a name that slants beyond the right edge
        },
        yaxis={
            **plain, "autorange": "reversed", "tickvals": list(range(len(order))),
            "ticktext": [_short(shown.names[cluster]) for cluster in order],
        },
    )  # fmt: skip
    st.plotly_chart(
        figure, key="cluster-confusion", config={"displayModeBar": False},
        alt=f"Numbers of {shown.dataset.unit}s of each class in each cluster",
    )  # fmt: skip
    st.caption(
        f"{shown.dataset.unit.capitalize()}s of each class in each cluster; the color is the share of the cluster. "
        "Clusters are in the order of the classes they are matched with; those without a match follow."
    )


def gallery(shown: Shown) -> None:
    """Draw a card for each cluster: its mean picture, size and class, and its most typical and doubtful members."""
    means = to_pixels(mean_images(shown.found, shown.examples.images))
    with st.container(key="cluster-gallery"):
        for cluster in range(shown.found.count):
            with st.container():
                _card(shown, cluster, img(means[cluster], f"Mean of cluster {cluster + 1}"))
                if shown.can_be_named:
                    name_input(shown.run, shown.run.model_step(), shown.method, shown.names, cluster)
    show_refusal(PLACE)
    st.caption(
        f"In each cluster, at the left: the mean of its {shown.dataset.unit}s. Above, its most typical members, in the "
        "middle of the cluster; below, its most doubtful ones, for which another cluster is almost as likely."
        + (
            " The percentage is that of the class it is matched with; a second one is that of its largest class."
            if shown.class_names
            else ""
        )
    )
    if shown.can_be_named and not visitor.may_change(shown.run):
        st.caption("You cannot change this run, so names that you give last until you reload or close the app.")
    if shown.can_be_named and len(shown.examples.images.shape) == 4:
        latent = page_info("latent")
        if shown.names != cluster_names({}, shown.method, len(shown.names)):
            colors = {"run": shown.run.id, "colors": clustering_title(shown.method, len(shown.names))}
            st.page_link(latent.file, label="Show named clusters on the map", icon=latent.icon, query_params=colors)
        else:
            st.caption("Name a cluster, and the map of the page *Latent space* can show these clusters in color.")


def _card(shown: Shown, cluster: int, mean: str) -> None:
    found = shown.found
    rows = ""
    for kind, indices in (
        ("typical", found.typical(cluster, MEMBERS)),
        ("doubtful", found.doubtful(cluster, MEMBERS)),
    ):
        pictures = to_pixels(shown.examples.images[indices])
        images = "".join(img(picture, f"{kind} member {i}") for i, picture in enumerate(pictures, 1))
        label = f"{len(pictures)} {kind} members of cluster {cluster + 1}"
        rows += f'<div class="sheet-row" role="group" aria-label="{label}" style="--columns:{MEMBERS}">{images}</div>'
    st.html(
        f'<div class="cluster"><p><b>{escape(shown.names[cluster])}</b> <small>{_description(shown, cluster)}</small>'
        f"</p><div>{mean}</div><div>{rows}</div></div>"
    )


def _description(shown: Shown, cluster: int) -> str:
    size = int((shown.found.members == cluster).sum())
    text = f"{size:,} {shown.dataset.unit}{'' if size == 1 else 's'}"
    if not shown.class_names or not size:
        return text
    counts = shown.table[cluster]
    largest = int(counts.argmax())
    labels = dict.fromkeys([shown.matched.get(cluster, largest), largest])  # often the same
    shares = ", ".join(f"class {escape(shown.class_names[label])}: {counts[label] / size:.0%}" for label in labels)
    return f"{text}, {shares}" if cluster in shown.matched else f"{text}, unmatched, {shares}"


def _short(name: str) -> str:
    """A name on an axis, where Plotly reads HTML."""
    return escape(name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…", quote=False)
