"""The loss chart, and the class colors that all charts share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from aecore.config.run_config import RunConfig

MAX_POINTS = 300
FIRST_POINTS = 20  # shown in full: the loss changes most there

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
        records: a run's metrics.
        config: its settings.
        baseline: PCA's reconstruction error, drawn as a level; None while it is unknown.
        log_axis: whether the loss axis is logarithmic.
        key: the chart's key.
        height: its height in pixels.
    """
    training = _subsample([(r["epoch"], r["train"]["loss"]) for r in records])
    validation = _subsample([(r["epoch"], r["validation"]["loss"]) for r in records if "validation" in r])
    # Present where a penalty adds to the reconstruction loss.
    with_parts = [r for r in records if "reconstruction" in r.get("validation", {})]
    reconstruction = _subsample([(r["epoch"], r["validation"]["reconstruction"]) for r in with_parts])
    last_epoch = records[-1]["epoch"] if records else 1
    figure = go.Figure()
    figure.add_scatter(**_xy(training), name="training", mode="lines", line_width=1.5)
    figure.add_scatter(
        **_xy(validation), name="validation", mode="lines+markers", line_width=2.5, marker_size=4 if validation else 0
    )
    if baseline:
        level = _baseline_loss(baseline, config)
        name = f"PCA, {baseline['components']:,} components"
        figure.add_scatter(
            x=[0, last_epoch], y=[level, level], name=name, mode="lines", line={"dash": "dash", "width": 1.5}
        )
    if reconstruction:
        name = "validation, reconstruction only"
        figure.add_scatter(**_xy(reconstruction), name=name, mode="lines", line={"dash": "dot", "width": 1.5})
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
        xaxis={"title": {"text": "epoch"}, "range": [0, last_epoch * 1.02]},
        yaxis={"title": {"text": f"loss ({loss_unit(config)})"}, "type": "log" if log_axis else "linear"},
    )
    if log_axis:
        figure.update_yaxes(dtick="D2", exponentformat="none")
    alt = _alt_text(training, validation, loss_unit(config))
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)


def _baseline_loss(baseline: dict[str, Any], config: RunConfig) -> float:
    """PCA's error in the unit of the run's loss: a sum over the image."""
    if config.training.loss == "mse":
        return float(baseline["sse"])
    return float(baseline["bce"]) * math.prod(config.dataset.input_shape)


def _xy(points: Points) -> dict[str, list[float]]:
    return {"x": [x for x, _ in points], "y": [y for _, y in points]}


def _subsample(points: Points) -> Points:
    """At most about `MAX_POINTS` of the points, which a browser redraws quickly, with the first and the last."""
    if len(points) <= MAX_POINTS:
        return points
    stride = -(-len(points) // MAX_POINTS)
    return [*points[:FIRST_POINTS], *points[FIRST_POINTS:-1:stride], points[-1]]


def _alt_text(training: Points, validation: Points, unit: str) -> str:
    if not training:
        return "Loss curve, empty until the first step."
    alt = f"Loss curve: training loss went from {training[0][1]:.1f} to {training[-1][1]:.1f} {unit}"
    return alt + (f", validation loss is {validation[-1][1]:.1f}." if validation else ".")
