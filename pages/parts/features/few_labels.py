"""Few labels: the accuracy of a classifier on codes over the number of labels, beside that on other features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.data.base import Data
from aecore.evaluation.features.few_labels import CLASSIFIERS, Accuracy, missing_classes
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed.label_accuracies import read_accuracies
from aecore.runs.run import Run
from pages.parts.features.section import Section
from pages.parts.images.html import table
from pages.parts.runs import computing
from pages.parts.shell import errors, resources, session, text
from pages.parts.shell.chart_style import BASELINE_COLOR, DASHES, MODEL_COLOR, line_sample

HEIGHT = 360  # pixels
CODES, *BASELINES = REPRESENTATIONS  # names

Accuracies = Mapping[str, Sequence[Accuracy]]  # of one classifier, by representation


def few_labels(run: Run, config: RunConfig) -> None:
    """Draw the section, or the progress of its computation."""
    data = resources.data(config.dataset)
    if problem := missing_classes(data):
        text.info(f"{problem} Select a run on images of several classes in the sidebar.")
        return
    stored = read_accuracies(run, run.model_step())
    if stored is None:
        computing.request(run, "label_accuracies", "Classifying the codes with few and with all labels.")
        return
    _results(stored, data, config.dataset.unit)


@errors.fragment("The accuracies")
def _results(stored: Mapping[str, Sequence[Accuracy]], data: Data, unit: str) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", key="controls")
    titles = {name: classifier.title for name, classifier in CLASSIFIERS.items()}
    chosen = row.segmented_control(
        "Classifier", list(titles), default=next(iter(titles)), key=session.CLASSIFIER.name, required=True,
        format_func=titles.__getitem__, label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    row.caption(CLASSIFIERS[chosen].explanation)
    shown = {name: [a for a in accuracies if a.classifier == chosen] for name, accuracies in stored.items()}
    with st.container(key="columns-features"):
        left, right = st.columns([5, 6], gap="large")
    with left:
        _chart(shown)
    with right:
        _table(shown)
        st.caption(
            f"Accuracy in % on {len(data.test):,} test {unit}s of {len(data.class_names)} classes; the best is bold. "
            f"The classifier is fitted to features of the {len(data.training):,} training {unit}s with labels; the "
            "autoencoder and PCA saw no label. With few labels it is the mean over several random choices of labeled "
            f"{unit}s, the same for all rows, ± their standard deviation."
        )
        with st.expander("What is classified"):
            st.markdown("\n".join(f"- **{r.title}**: {r.explanation}" for r in REPRESENTATIONS.values()))


def _labels_text(labels: int | None) -> str:
    return "all" if labels is None else f"{labels:,}"


def _style(name: str) -> tuple[str, str, float]:
    """Color, dash and width of a line."""
    if name == CODES:
        return MODEL_COLOR, "solid", 3.6
    return BASELINE_COLOR, list(DASHES)[BASELINES.index(name)], 1.8


def _chart(shown: Accuracies) -> None:
    numbers = [_labels_text(a.labels_per_class) for a in shown[CODES]]  # powers of ten, and all
    figure = go.Figure()
    for name in (*BASELINES, CODES):  # the model's line is above the others
        color, dash, width = _style(name)
        accuracies = shown[name]
        figure.add_scatter(
            x=list(range(len(accuracies))), y=[a.mean for a in accuracies],
            error_y={"array": [a.spread or 0 for a in accuracies], "thickness": 1.2, "width": 4},
            mode="lines+markers", name=REPRESENTATIONS[name].title,
            line={"color": color, "dash": dash, "width": width},
            customdata=numbers,
            hovertemplate="%{customdata} labels per class: %{y:.1%}",
        )  # fmt: skip
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 12, "b": 8}, showlegend=False, hovermode="closest", dragmode=False,
        xaxis={"title_text": "labels per class", "tickvals": list(range(len(numbers))), "ticktext": numbers},
        yaxis={"title_text": "accuracy", "tickformat": ".0%"},
    )  # fmt: skip
    st.plotly_chart(
        figure, key="few-labels", config={"displayModeBar": False},
        alt="Accuracy over the number of labels per class, for codes and for the baselines",
    )  # fmt: skip


def _table(shown: Accuracies) -> None:
    best = [max(column, key=lambda a: a.mean).mean for column in zip(*shown.values(), strict=True)]
    rows = []
    for name, accuracies in shown.items():
        cells = [_cell(a, a.mean == top) for a, top in zip(accuracies, best, strict=True)]
        rows.append((REPRESENTATIONS[name].title, [line_sample(*_style(name)), *cells]))
    head = ["Labels per class", "line", *(_labels_text(a.labels_per_class) for a in shown[CODES])]
    st.html(table(rows, head, "scores few-labels numbers"))


def _cell(accuracy: Accuracy, is_best: bool) -> str:
    mean = f"{100 * accuracy.mean:.1f}"
    spread = "" if accuracy.spread is None else f" <small>±\N{NO-BREAK SPACE}{100 * accuracy.spread:.1f}</small>"
    return (f"<b>{mean}</b>" if is_best else mean) + spread


SECTION = Section("Few labels", few_labels)
