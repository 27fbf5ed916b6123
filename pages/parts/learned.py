"""As it was learned: the codes of the same test pictures at each snapshot of a training, on one map."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import PROJECTIONS
from aecore.runs.run import Run
from pages.parts.frame import script
from pages.parts.snapshots import moments_of

HTML = """
<div class="learned" role="group" aria-label="The map through the training">
  <div class="bar"><button type="button">Play</button>
    <input type="range" min="0" step="any" aria-label="Moment of the training"></div>
  <p class="moment"></p>
  <canvas role="img"></canvas>
  <p class="legend"></p>
</div>
"""

_component = st.components.v2.component(
    "autoencoder_lab_learned", html=HTML, css=script("learned.css"), js=script("learned.js")
)


def learned(run: Run, class_names: Sequence[str]) -> None:
    """In the map's place: a slider over the run's snapshots that moves its points, with play and pause."""
    steps = tuple(run.snapshot_steps())
    moments, labels = _moments(run.id, steps, run)
    if not moments:
        st.caption("This run has no snapshots.")
        return
    _component(key=f"learned-{run.id}", data={"moments": moments, "labels": labels, "names": list(class_names)})
    st.caption(
        f"The codes of {len(labels)} test pictures at every snapshot, along the two principal components of the last: "
        "one fixed view, in which the groups form."
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _moments(run_id: str, steps: tuple[int, ...], _run: Run) -> tuple[list[dict[str, Any]], list[int]]:
    codes: dict[int, Tensor] = {}
    for step in steps:
        with suppress(OSError, ValueError, KeyError):  # a damaged or vanished snapshot is left out
            codes[step] = _run.snapshot(step).codes.flatten(1).float()
    examples = _run.examples()
    if not codes or examples is None:
        return [], []
    axes = PROJECTIONS["pca"].project(codes[max(codes)], 2).axes
    assert axes is not None
    count = min(len(z) for z in codes.values())
    epochs = {moment["step"]: moment["epoch"] for moment in moments_of(_run.metrics(), tuple(codes))}
    moments = [
        {"step": step, "epoch": epochs.get(step, 0.0), "points": _places(z[:count] @ axes.T)}
        for step, z in codes.items()
    ]
    return moments, examples.labels[:count].tolist()


def _places(points: Tensor) -> list[list[float]]:
    """Two numbers each, also of codes that have but one."""
    return [[round(float(p[0]), 4), round(float(p[1]), 4) if len(p) > 1 else 0.0] for p in points]
