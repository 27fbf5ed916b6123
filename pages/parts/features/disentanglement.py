"""Disentanglement: which dimension of the code follows which known factor of the images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig
from aecore.data.pixels import to_float
from aecore.data.shapes import FACTORS, Shapes, draw_shape
from aecore.evaluation.features.disentanglement import Disentanglement
from aecore.images import to_pixels
from aecore.runs.computed.factor_scores import missing_factors, read_factor_scores
from aecore.runs.run import Run
from pages.parts.features.section import Section
from pages.parts.images.html import sheets, table
from pages.parts.runs import computing
from pages.parts.shell import errors, resources, session, text
from pages.parts.shell.chart_style import BASELINE_COLOR, MODEL_COLOR
from pages.parts.train import train_button

RECIPE = "shapes-independent"
INFORMATION, IMPORTANCE = "Mutual information", "Importance"
EXPLANATIONS = {
    INFORMATION: "What a dimension says about a factor, as a share of the factor's entropy.",
    IMPORTANCE: "How much a dimension contributes to predicting a factor from the code; each column adds up to 100%.",
}
SOURCES = (
    "MIG: how much more the best dimension says about a factor than the second best (Chen et al. 2018, eq. 6). SAP: "
    "the same gap for the accuracy of a linear classifier of one dimension (Kumar et al. 2018). Disentanglement: a "
    "dimension follows one factor only; completeness: a factor needs one dimension only; informativeness: accuracy of "
    "the prediction (DCI, Eastwood and Williams 2018). As in disentanglement_lib of 26 August 2020, with 20 bins, "
    "linear support vector machines and gradient boosted trees."
)
ABOUT_SHAPES = (
    "Shapes are images made of known factors: one of three shapes, its size, its angle and its position. A training "
    "on them asks for independent dimensions (beta-TC-VAE)."
)
HEIGHT = 300  # pixels


def disentanglement(run: Run, config: RunConfig) -> None:
    """Draw the section, or the progress of its computation, or why there is none."""
    if problem := missing_factors(config):
        text.info(problem)
        if not isinstance(config.dataset, Shapes):
            st.caption(ABOUT_SHAPES)
        train_button.button("shapes", RECIPES[RECIPE].config(), RECIPE, "Train on shapes of known factors")
        return
    _turn(run, config)
    measured = read_factor_scores(run, run.model_step())
    if measured is None:
        computing.request(run, "factor_scores", "Measuring which dimensions follow which factors.")
        return
    _scores(measured, config)


@errors.fragment("The turned factor")
def _turn(run: Run, config: RunConfig) -> None:
    """The shape that the sliders describe, over all values of one factor: images, reconstructions and codes."""
    turned: str = st.segmented_control(
        "Turn a factor", list(FACTORS), default="angle", key=session.FACTOR.name, required=True, wrap=True,
        bind="query-params",
    )  # fmt: skip
    shape = _base_shape(config)
    values = FACTORS[turned]
    images = torch.stack([draw_shape({**shape, turned: value}) for value in values])  # (V, 1, H, W)
    model = resources.model(run)
    codes = model.encode(to_float(images))
    rows = [("drawn", to_pixels(images)), ("reconstruction", to_pixels(model.decode(codes)))]
    sheets(rows, len(values), [_value_text(turned, value, config) for value in values])
    _chart(turned, codes.flatten(1), values.index(shape[turned]), config)


def _base_shape(config: RunConfig) -> dict[str, float]:
    """The value of each factor, by its slider."""
    shape = {}
    with st.container(horizontal=True, key="factor-sliders"):
        for name, values in FACTORS.items():
            shape[name] = st.select_slider(
                name, values, value=values[len(values) // 3], key=f"factor-{name}", width=150, persist_state="session",
                format_func=partial(_value_text, name, config=config),
            )  # fmt: skip
    return shape


def _value_text(factor: str, value: float, config: RunConfig) -> str:
    if factor == "shape":
        return config.dataset.class_names[int(value)]
    return f"{value:.0f}°" if factor == "angle" else f"{value:.3g}"


def _chart(turned: str, codes: Tensor, position: int, config: RunConfig) -> None:
    """A line for each dimension over the values of the turned factor; the one that changes most is emphasized."""
    names = [_value_text(turned, value, config) for value in FACTORS[turned]]
    most = int((codes.amax(dim=0) - codes.amin(dim=0)).argmax())
    figure = go.Figure()
    for d in sorted(range(codes.shape[1]), key=lambda d: d == most):  # above the others
        figure.add_scatter(
            x=list(range(len(names))), y=codes[:, d].tolist(), customdata=names, mode="lines+markers", name=f"z{d + 1}",
            line={"color": MODEL_COLOR if d == most else BASELINE_COLOR, "width": 3.6 if d == most else 1.2},
            marker={"size": 7 if d == most else 3}, hovertemplate="%{customdata}: %{y:.2f}",
        )  # fmt: skip
    figure.add_vline(x=position, line={"color": BASELINE_COLOR, "dash": "dot", "width": 1.2})
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 12, "b": 8}, showlegend=False, hovermode="closest", dragmode=False,
        xaxis={"title_text": turned, "tickvals": list(range(len(names))), "ticktext": names},
        yaxis={"title_text": "code"},
    )  # fmt: skip
    st.plotly_chart(
        figure, key="turned-factor", config={"displayModeBar": False},
        alt=f"The dimensions of the code over the {turned}; z{most + 1} changes most",
    )  # fmt: skip
    st.caption(
        f"Each line is one dimension of the code. **z{most + 1}** changes most; the dotted line is the shape of the "
        "sliders."
    )


@errors.fragment("The disentanglement scores")
def _scores(measured: Disentanglement, config: RunConfig) -> None:
    scores = {
        "MIG": measured.mig,
        "SAP": measured.sap,
        "Disentanglement": measured.disentanglement,
        "Completeness": measured.completeness,
        "Informativeness": measured.informativeness,
    }
    st.subheader("All dimensions and factors")
    st.html(
        table(
            [("", [f"<b>{score:.2f}</b>" for score in scores.values()])],
            ["", *scores],
            "scores many-scores factor-scores numbers",
        )
    )
    shown: str = st.segmented_control(
        "Compare by", list(EXPLANATIONS), default=INFORMATION, key=session.FACTOR_MATRIX.name, required=True,
        label_visibility="collapsed", bind="query-params", wrap=True,
    )  # fmt: skip
    shares = measured.mutual_information / measured.entropy if shown == INFORMATION else measured.importances
    st.html(heat_map(shares.tolist(), list(FACTORS)))
    st.caption(f"{EXPLANATIONS[shown]} The largest share of each factor is bold. Of test {config.dataset.unit}s.")
    st.caption(SOURCES)


def heat_map(shares: Sequence[Sequence[float]], factors: Sequence[str]) -> str:
    """A table of dimensions and factors as HTML, with cells colored by their share, from 0 to 1."""
    best = np.argmax(shares, axis=0)
    rows: Mapping[str, list[str]] = {
        f"z{d + 1}": [_cell(share, bool(best[f] == d)) for f, share in enumerate(row)] for d, row in enumerate(shares)
    }
    head = ["dimension", *(escape(factor) for factor in factors)]
    return table(list(rows.items()), head, "scores numbers factor-map")


def _cell(share: float, best: bool) -> str:
    percent = f"{share:.0%}"
    return f'<i style="--share:{100 * min(1.0, share):.0f}%">{f"<strong>{percent}</strong>" if best else percent}</i>'


SECTION = Section("Disentanglement", disentanglement, available=lambda config: config.has_images, lesson="factors")
