"""All methods side by side: a table, which is the legend too, and their ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import plotly.graph_objects as go
import streamlit as st

from aecore.evaluation.anomaly.baselines import BASELINES
from pages.parts.anomalies.scored import METHODS, Compared, Curve, title
from pages.parts.images.html import table
from pages.parts.shell import errors
from pages.parts.shell.chart_style import BASELINE_COLOR, DASHES, MODEL_COLOR, line_sample

THIN, THICK = 1.4, 3.6
HEIGHT = 330


@errors.fragment("The comparison")
def comparison(methods: Mapping[str, Compared], chosen: str, unit: str) -> None:
    """Draw the table and the curves of all methods."""
    best_first = sorted(methods, key=lambda name: -methods[name].auroc)
    with st.container(key="columns-anomalies"):
        left, *charts = st.columns([12, 10, 10], gap="medium")
    with left:
        _table(methods, best_first, chosen)
        anomalous = float((~methods[chosen].is_normal).float().mean())
        st.caption(
            f"On {len(methods[chosen].scores):,} test {unit}s, in %; higher is better, and the best is bold. Without "
            f"any knowledge, AUROC is 50 and average precision {100 * anomalous:.0f}, the share of anomalous {unit}s."
        )
    with charts[0]:
        _chart("ROC", "false-alarm rate", "detection rate", 0.0, {n: methods[n].roc for n in best_first}, chosen)
    with charts[1]:
        lowest = max(0.0, anomalous - 0.15)  # what knows nothing is at `anomalous`
        curves = {n: methods[n].precision_recall for n in best_first}
        _chart("Precision and recall", "recall", "precision", lowest, curves, chosen)
    with st.expander("Formulas of all scores"):
        _formulas(best_first)


def _table(methods: Mapping[str, Compared], order: list[str], chosen: str) -> None:
    best_precision = max(method.average_precision for method in methods.values())
    rows = []
    for name in order:
        method = methods[name]
        cells = (
            _sample(name, chosen),
            _cell(method.auroc, name == order[0]),
            _cell(method.average_precision, method.average_precision == best_precision),
        )
        rows.append((title(name), cells))
    st.html(table(rows, ["", "line", "AUROC", "avg. precision"], "scores anomaly-scores numbers"))


def _formulas(names: Iterable[str]) -> None:
    """A table in Markdown, which draws LaTeX."""
    rows = [f"| {title(name)} | ${METHODS[name].formula}$ | {METHODS[name].explanation} |" for name in names]
    st.markdown("\n".join(["| score | formula | meaning |", "|---|---|---|", *rows]))


def _cell(share: float, is_best: bool) -> str:
    return f"<b>{100 * share:.1f}</b>" if is_best else f"{100 * share:.1f}"


def _style(name: str, chosen: str) -> tuple[str, str, float]:
    """Color, dash and width of a method's lines."""
    family = [n for n in METHODS if (n in BASELINES) == (name in BASELINES)]
    color = BASELINE_COLOR if name in BASELINES else MODEL_COLOR
    return color, list(DASHES)[family.index(name) % len(DASHES)], THICK if name == chosen else THIN


def _sample(name: str, chosen: str) -> str:
    return line_sample(*_style(name, chosen))


def _chart(name: str, x: str, y: str, lowest: float, lines: Mapping[str, Curve], chosen: str) -> None:
    figure = go.Figure()
    for method in sorted(lines, key=lambda n: n == chosen):  # the chosen one is drawn last, above the others
        color, dash, width = _style(method, chosen)
        across, up = lines[method]
        figure.add_scatter(
            x=across, y=up, mode="lines", name=title(method),
            line={"color": color, "dash": dash, "width": width}, hovertemplate=f"{x} %{{x:.0%}}, {y} %{{y:.0%}}",
        )  # fmt: skip
    axis = {"tickformat": ".0%", "nticks": 6}
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 30, "b": 8}, showlegend=False, hovermode="closest",
        title={"text": name, "font": {"size": 14}, "x": 0}, dragmode=False,
        xaxis={**axis, "title_text": x, "range": [-0.01, 1.01]},
        yaxis={**axis, "title_text": y, "range": [lowest - 0.01 * (1 - lowest), 1 + 0.01 * (1 - lowest)]},
    )  # fmt: skip
    st.plotly_chart(
        figure, key=f"anomaly-{y}", config={"displayModeBar": False}, alt=f"{name}: {y} over {x} of all methods"
    )
