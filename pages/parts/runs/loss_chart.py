"""The loss chart, and the class colors that all charts share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from aecore.config.run_config import RunConfig

MAX_POINTS = 300
FIRST_POINTS = 20  # shown in full: the loss changes most there

T = TypeVar("T")
Points = list[tuple[float, float]]  # (epoch, loss)


def class_color(index: int) -> str:
    """CSS color of a class, the same on every chart, for light and dark themes."""
    light, dark = (st.get_option(f"theme.{theme}.chartCategoricalColors") for theme in ("light", "dark"))
    return f"light-dark({light[index % len(light)]}, {dark[index % len(dark)]})"


def loss_unit(config: RunConfig) -> str:
    """The unit of a run's loss: `nats/image`."""
    return f"{ {'bce': 'nats', 'mse': 'squared error'}[config.training.loss] }/{config.dataset.unit}"


def loss_chart(
    records: Sequence[dict[str, Any]],
    config: RunConfig,
    baseline: dict[str, Any] | None,
    log_axis: bool,
    key: str,
    height: int,
) -> None:
    """Plot training and validation loss over epochs.

    Args:
        records: a run's metrics; none for the chart of a live view, which the browser fills.
        config: its settings.
        baseline: PCA's reconstruction error, drawn as a level; None while it is unknown.
        log_axis: whether the loss axis is logarithmic.
        key: the chart's key.
        height: its height in pixels.
    """
    training = subsample([(r["epoch"], r["train"]["loss"]) for r in records])
    validation = subsample([(r["epoch"], r["validation"]["loss"]) for r in records if "validation" in r])
    # Present where a penalty adds to the reconstruction loss.
    with_parts = [r for r in records if "reconstruction" in r.get("validation", {})]
    reconstruction = subsample([(r["epoch"], r["validation"]["reconstruction"]) for r in with_parts])
    level, last_epoch = baseline_level(baseline, config), records[-1]["epoch"] if records else 1
    levels = [(0, level["loss"]), (last_epoch, level["loss"])] if level else []
    figure = go.Figure()
    # The live chart finds the traces by their order, so all are there, hidden while they are empty.
    for points, name, style in (
        (training, "training", {"mode": "lines", "line_width": 1.5}),
        (validation, "validation", {"mode": "lines+markers", "line_width": 2.5, "marker_size": 4}),
        (levels, level["name"] if level else "PCA", {"mode": "lines", "line": {"dash": "dash", "width": 1.5}}),
        (reconstruction, "validation, reconstruction only", {"mode": "lines", "line": {"dash": "dot", "width": 1.5}}),
    ):
        shown = bool(points) or points is training
        # Not False, which would give its color to the next trace.
        figure.add_scatter(**_xy(points), name=name, visible=shown or "legendonly", showlegend=shown, **style)
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        showlegend=True,
        hovermode="x unified",
        xaxis={"title": {"text": "epoch"}, "range": [0, last_epoch * 1.02]},
        yaxis={"title": {"text": f"loss ({loss_unit(config)})"}, "type": "log" if log_axis else "linear"},
    )
    if not records:
        figure.update_yaxes(showticklabels=False)
    if log_axis:
        figure.update_yaxes(dtick="D2", exponentformat="none")
    alt = _alt_text(training, validation, loss_unit(config))
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)


def baseline_level(baseline: dict[str, Any] | None, config: RunConfig) -> dict[str, Any] | None:
    """PCA's name and its error in the unit of the run's loss, a sum over the image; None while it is unknown."""
    with suppress(KeyError, TypeError):  # damaged
        if baseline:
            size = 1 if config.training.loss == "mse" else math.prod(config.dataset.input_shape)
            loss = float(baseline["sse" if config.training.loss == "mse" else "bce"]) * size
            return {"name": f"PCA, {baseline['components']:,} components", "loss": loss}
    return None


def _xy(points: Points) -> dict[str, list[float]]:
    return {"x": [x for x, _ in points], "y": [y for _, y in points]}


def subsample(points: Sequence[T]) -> list[T]:
    """At most about `MAX_POINTS` of the points, which a browser redraws quickly, with the first and the last."""
    if len(points) <= MAX_POINTS:
        return list(points)
    stride = -(-len(points) // MAX_POINTS)
    return [*points[:FIRST_POINTS], *points[FIRST_POINTS:-1:stride], points[-1]]


def _alt_text(training: Points, validation: Points, unit: str) -> str:
    if not training:
        return "Loss curve, empty until the first step."
    alt = f"Loss curve: training loss went from {training[0][1]:.1f} to {training[-1][1]:.1f} {unit}"
    return alt + (f", validation loss is {validation[-1][1]:.1f}." if validation else ".")
