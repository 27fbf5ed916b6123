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
from pages.parts.features.cluster_names import PLACE, all_names, cluster_names, key_of, name_input
from pages.parts.images.html import img
from pages.parts.shell.actions import show_refusal
from pages.parts.shell.chart_style import MODEL_COLOR
from pages.parts.shell.navigation import page_info

CODES = next(iter(REPRESENTATIONS))
MEMBERS = 8  # in a row of pictures
NAME_LENGTH = 12  # characters beside and below the heat map
MOST_NUMBERS = 16  # columns with a number in each cell
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
    order = sorted(range(shown.found.count), key=lambda c: matched.get(c, len(shown.class_names) + c))
    rows = counts[order]
    shares = rows / rows.sum(dim=1, keepdim=True).clamp(min=1)
    columns = rows.shape[1]
    text = [[f"{count}" if count else "" for count in row] for row in rows.tolist()]
    figure = go.Figure(
        go.Heatmap(
            z=shares.tolist(), customdata=rows.tolist(), text=text if columns <= MOST_NUMBERS else None,
            texttemplate="%{text}" if columns <= MOST_NUMBERS else None, textfont={"size": 11},
            x=list(range(columns)), y=list(range(len(order))), zmin=0, zmax=1, showscale=False, xgap=1, ygap=1,
            colorscale=[[0, "rgba(139,151,157,0.08)"], [1, MODEL_COLOR]],
            hovertemplate="%{y}, class %{x}: %{customdata} (%{z:.0%} of the cluster)<extra></extra>",
        )
    )  # fmt: skip
    class_names = [_short(name) for name in shown.class_names]
    figure.update_layout(
        height=max(HEIGHT, AXIS + ROW * len(order)), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        xaxis={"title_text": "class", "tickvals": list(range(columns)), "ticktext": class_names, "showgrid": False},
        yaxis={
            "tickvals": list(range(len(order))), "ticktext": [_short(shown.names[c]) for c in order],
            "autorange": "reversed", "showgrid": False,
        },
    )  # fmt: skip
    st.plotly_chart(
        figure, key="cluster-confusion", config={"displayModeBar": False},
        alt=f"Numbers of {shown.dataset.unit}s of each class in each cluster",
    )  # fmt: skip
    st.caption(
        f"{shown.dataset.unit.capitalize()}s of each class in each cluster; the color is the share of the cluster. "
        "Clusters are in the order of the classes they are matched with."
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
        f"In each cluster, from left to right: the mean of its {shown.dataset.unit}s; above, its most typical members, "
        "in the middle of the cluster; below, its most doubtful ones, for which another cluster is almost as likely."
    )
    if shown.can_be_named and len(shown.examples.images.shape) == 4:
        latent = page_info("latent")
        if shown.names != cluster_names({}, shown.method, len(shown.names)):
            colors = {"run": shown.run.id, "colors": key_of(shown.method, len(shown.names))}
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
    label = shown.matched.get(cluster, int(counts.argmax()))
    share = f"{escape(shown.class_names[label])} ({counts[label] / size:.0%})"
    return f"{text}, {'matched with' if cluster in shown.matched else 'mostly'} {share}"


def _short(name: str) -> str:
    """A name on an axis, where Plotly reads HTML."""
    return escape(name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…", quote=False)
