"""Charts: one look for all."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from aecore.config.run_config import RunConfig

MOST_POINTS = 300


def class_color(number: int) -> str:
    """CSS of the color that a class has on every chart, in light and dark."""
    light, dark = (st.get_option(f"theme.{theme}.chartCategoricalColors") for theme in ("light", "dark"))
    return f"light-dark({light[number % len(light)]}, {dark[number % len(dark)]})"


def unit(config: RunConfig) -> str:
    """What a loss is counted in."""
    return f"{ {'bce': 'nats', 'mse': 'squared error'}[config.training.loss] }/{config.dataset.unit}"


def loss_chart(
    records: list[dict[str, Any]], config: RunConfig, baseline: dict[str, Any] | None, log: bool, key: str, height: int
) -> None:
    """Training and validation loss over epochs, its part that is the copy, and PCA's level where it is known."""
    train = _thinned([(r["epoch"], r["train"]["loss"]) for r in records])
    validation = _thinned([(r["epoch"], r["validation"]["loss"]) for r in records if "validation" in r])
    validations = [r for r in records if "reconstruction" in r.get("validation", {})]
    copy = _thinned([(r["epoch"], r["validation"]["reconstruction"]) for r in validations])
    last = records[-1]["epoch"] if records else 1
    figure = go.Figure()
    figure.add_scatter(**_xy(train), name="training", mode="lines", line_width=1.5)
    figure.add_scatter(
        **_xy(validation), name="validation", mode="lines+markers", line_width=2.5, marker_size=4 if validation else 0
    )
    if baseline:
        level = (
            baseline["sse"]
            if config.training.loss == "mse"
            else baseline["bce"] * math.prod(config.dataset.input_shape)
        )
        figure.add_scatter(
            x=[0, last],
            y=[level, level],
            name=f"PCA, {baseline['components']:,} components",
            mode="lines",
            line={"dash": "dash", "width": 1.5},
        )
    if copy:
        figure.add_scatter(**_xy(copy), name="validation, copy alone", mode="lines", line={"dash": "dot", "width": 1.5})
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
        xaxis={"title": {"text": "epoch"}, "range": [0, last * 1.02]},
        yaxis={"title": {"text": f"loss ({unit(config)})"}, "type": "log" if log else "linear"},
    )
    if log:
        figure.update_yaxes(dtick="D2", exponentformat="none")
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=_told(train, validation, unit(config)))


def _xy(points: list[tuple[float, float]]) -> dict[str, list[float]]:
    return {"x": [x for x, _ in points], "y": [y for _, y in points]}


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most so many points that a browser redraws them at once; first and last are kept."""
    if len(points) <= MOST_POINTS:
        return points
    stride = -(-len(points) // MOST_POINTS)
    return [*points[:20], *points[20:-1:stride], points[-1]]


def _told(train: list[tuple[float, float]], validation: list[tuple[float, float]], unit: str) -> str:
    if not train:
        return "Loss curve, empty until the first step."
    told = f"Loss curve: training loss went from {train[0][1]:.1f} to {train[-1][1]:.1f} {unit}"
    return told + (f", validation loss is {validation[-1][1]:.1f}." if validation else ".")
