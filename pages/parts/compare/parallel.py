"""Parallel coordinates: each finished run as a line over its numeric settings and scores."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from aecore.runs.comparison.coordinates import coordinate_axes
from aecore.runs.comparison.scores import ScoreRow
from aecore.runs.listing import Entry

HEIGHT = 400
FEWEST = 2  # runs
COLORS = [[0, "#179ba3"], [0.5, "#8a94a0"], [1, "#dd7212"]]  # of small to large errors, seen in both themes


def parallel_coordinates(rows: Sequence[ScoreRow], entries: Sequence[Entry]) -> None:
    """Draw the runs among the rows, as far as they have a PSNR: vectors have other scores than images."""
    configs = {entry.run.id: entry.config for entry in entries}
    shown = [row for row in rows if row.run in configs and row.psnr is not None]
    if len(shown) < FEWEST:
        st.caption(f"Parallel coordinates need {FEWEST} finished runs with images.")
        return
    axes = coordinate_axes(shown, [configs[row.run] for row in shown if row.run])
    dimensions = [
        {
            "label": escape(axis.title.rpartition(" · ")[2], quote=False),
            "values": axis.positions,
            "tickvals": axis.ticks,
            "ticktext": axis.labels,
        }
        for axis in axes
    ]
    line = {"color": axes[-1].positions, "colorscale": COLORS}
    figure = go.Figure(go.Parcoords(dimensions=dimensions, line=line, labelside="top"))
    figure.update_layout(margin={"l": 70, "r": 50, "t": 80, "b": 20})
    alt = f"{len(shown)} runs as lines over {', '.join(axis.title for axis in axes)}. The table has the scores."
    with st.container(key="parallel-coordinates"), st.container(key="parallel-room"):
        st.plotly_chart(figure, key="parallel-chart", height=HEIGHT, config={"displayModeBar": False}, alt=alt)
    st.caption(
        f"{len(shown)} runs of images that match the filter, with every numeric setting in which they differ. Blue "
        "lines have a small test MSE, orange ones a large one. Drag along an axis to select runs; a click on it "
        "selects all. Axes with values of different orders of magnitude are logarithmic."
    )
