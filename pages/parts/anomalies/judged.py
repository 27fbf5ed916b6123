"""New pictures beside the held-out good ones: a chart of the scores, and each picture with its heat map and verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go
import streamlit as st

from aecore.data.own import OwnImages
from aecore.evaluation.anomaly.pictures import enlarged, heat, picture_map, picture_score
from aecore.images import Pixels, heat_overlay
from aecore.images.patches import MAX_SIDE, PATCH_SIDE
from aecore.runs.computed.picture_scores import HeldOutScores
from aecore.runs.run import Run
from pages.parts.images.html import figure, img
from pages.parts.images.uploads import InputImage
from pages.parts.shell import resources
from pages.parts.shell.chart_style import BASELINE_COLOR, MODEL_COLOR

HEIGHT = 190  # pixels, of the chart
NEW_COLOR = "#d55e00"
TICKS = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]  # of the logarithmic axis


@dataclass(frozen=True)
class Thresholds:
    """The scores above which a picture is reported, at one false-alarm rate."""

    model: float
    pca: float


@dataclass(frozen=True)
class Judged:
    """A picture and what was found in it."""

    shown: Pixels  # (H, W, 3)
    heat: Pixels  # (H, W, 3): the heat map over the picture
    model: float  # scores
    pca: float


def judged_pictures(
    run: Run, dataset: OwnImages, held_out: HeldOutScores, thresholds: Thresholds, images: Sequence[InputImage]
) -> None:
    """Draw the chart, and a section for each picture."""
    judged: list[Judged] = []
    place = st.empty()
    for i, image in enumerate(images):
        if len(images) > 1:
            place.progress(i / len(images), f"Judging {image.name}"[:80])
        digest = hashlib.sha256(repr(image.image.shape).encode() + image.image.tobytes()).hexdigest()
        judged.append(_judge(run.id, run.model_step(), digest, run, dataset, held_out, image))
    place.empty()
    names = [image.name for image in images]
    _chart(held_out, thresholds, dict(zip(_unique(names), judged, strict=True)))
    sections = [section_of(name, result, thresholds) for name, result in zip(names, judged, strict=True)]
    st.html(f'<div class="judged numbers">{"".join(sections)}</div>')
    if judged:
        st.caption(
            "Left the picture as it is judged, right its error: orange where the reconstruction fails. The scale is "
            f"that of the held-out good pictures, so a good picture has no bright spot. {_resolution(dataset)}"
        )


@st.cache_resource(max_entries=48, show_spinner=False)
def _judge(
    run_id: str,
    step: int | None,
    digest: str,
    _run: Run,
    _dataset: OwnImages,
    _held_out: HeldOutScores,
    _image: InputImage,
) -> Judged:
    shown, picture = _dataset.picture(_image.image)
    error_map = picture_map(resources.model(_run).reconstruct, picture)
    spots = heat_overlay(shown[None], enlarged(heat(error_map, _held_out.model.tolist()), shown.shape[:2])[None])[0]
    pca = picture_score(picture_map(_held_out.pca_reconstruct, picture))
    return Judged(shown, spots, picture_score(error_map), pca)


def section_of(name: str, judged: Judged, thresholds: Thresholds) -> str:
    """Return the HTML of a picture with its verdict, scores and heat map."""
    verdict = _verdict(judged.model, thresholds.model)
    figures = figure(img(judged.shown, name), "picture") + figure(img(judged.heat, f"{name}: error"), "error")
    return (
        f'<section><p><strong>{escape(name)}</strong> <b class="verdict-{verdict}">{verdict}</b><br>'
        f"score {_relative(judged.model, thresholds.model)}<br><small>PCA (baseline): "
        f"{_verdict(judged.pca, thresholds.pca)}, score {_relative(judged.pca, thresholds.pca)}</small></p>"
        f'<div class="pair">{figures}</div></section>'
    )


def _relative(score: float, threshold: float) -> str:
    ratio = score / max(threshold, 1e-12)
    multiple = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
    return f"{score:.2g}, {multiple} × the threshold {threshold:.2g}"


def _verdict(score: float, threshold: float) -> str:
    return "anomalous" if score > threshold else "normal"


def _unique(names: Sequence[str]) -> list[str]:
    return [f"{i}. {name}" for i, name in enumerate(names, 1)]


def _resolution(dataset: OwnImages) -> str:
    """At which resolution pictures are judged."""
    if dataset.has_patches():
        return (
            f"It is judged in overlapping patches of {PATCH_SIDE} × {PATCH_SIDE} pixels, at its own resolution; one "
            f"with a side of more than {MAX_SIDE} pixels is reduced first, and the border of one that is smaller than "
            "a patch is repeated."
        )
    return (
        f"It is judged as a whole, scaled to {dataset.side} × {dataset.side} pixels. To find smaller defects, add the "
        "good pictures again and cut them into patches."
    )


def _chart(held_out: HeldOutScores, thresholds: Thresholds, new: Mapping[str, Judged]) -> None:
    """Draw all scores as multiples of the threshold, one row for each method."""
    rows = {
        "Autoencoder": (held_out.model, thresholds.model, [judged.model for judged in new.values()], MODEL_COLOR),
        "PCA (baseline)": (
            held_out.pca_scores,
            thresholds.pca,
            [judged.pca for judged in new.values()],
            BASELINE_COLOR,
        ),
    }
    drawn = go.Figure()
    for name, (normal, threshold, scores, color) in rows.items():
        scale = max(threshold, 1e-12)
        drawn.add_scatter(
            x=(normal / scale).tolist(), y=[name] * len(normal), mode="markers", showlegend=False,
            marker={"color": color, "size": 9, "opacity": 0.5}, hovertemplate="held out: %{x:.2f}<extra></extra>",
        )  # fmt: skip
        drawn.add_scatter(
            x=[score / scale for score in scores], y=[name] * len(scores), mode="markers", showlegend=False,
            marker={"color": NEW_COLOR, "size": 12, "symbol": "diamond"}, text=list(map(escape, new)),
            hovertemplate="%{text}: %{x:.2f}<extra></extra>",
        )  # fmt: skip
    drawn.add_vline(x=1, line={"dash": "dash", "color": BASELINE_COLOR, "width": 2})
    drawn.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="closest",
        xaxis={
            "type": "log", "title_text": "score, in units of the threshold",
            "tickvals": TICKS, "ticktext": [f"{tick:,g}" for tick in TICKS],
        },
        yaxis={"autorange": "reversed"},
    )  # fmt: skip
    st.plotly_chart(
        drawn, key="judged-scores", config={"displayModeBar": False},
        alt="Scores of the held-out good pictures and of the new ones, in units of the threshold",
    )  # fmt: skip
    st.caption("Circles: held-out good pictures. Diamonds: the new ones. Right of the dashed line: anomalous.")
