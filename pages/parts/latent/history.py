"""As it was learned: the codes of the same test pictures at each snapshot of a training, on one map."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import align_to_last
from aecore.runs.run import Run
from pages.parts.components.training_replay import training_replay
from pages.parts.runs.replay import losses_at

AXES = {1: "its only number from left to right", 2: "along its two numbers"}
AXES_OF_MANY = "along the two principal components of the last, whatever map is chosen above"


def learned(run: Run, class_names: Sequence[str]) -> None:
    """In the map's place: a slider over the run's snapshots that moves its points, with play and pause."""
    steps = tuple(run.snapshot_steps())
    moments, labels, size = _moments(run.id, steps, run)
    if not moments:
        st.caption("This run has no snapshots that can be drawn.")
        return
    training_replay(f"training-replay-{run.id}", moments, labels, class_names)
    left_out = len(steps) - len(moments)
    st.caption(
        f"The codes of {len(labels)} test pictures at every snapshot, {AXES.get(size, AXES_OF_MANY)}."
        + f" {left_out} of {len(steps)} snapshots cannot be drawn and are left out." * bool(left_out)
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _moments(run_id: str, steps: tuple[int, ...], _run: Run) -> tuple[list[dict[str, Any]], list[int], int]:
    codes: dict[int, Tensor] = {}
    for step in steps:
        with suppress(OSError, ValueError, KeyError):  # a damaged or vanished snapshot is left out
            codes[step] = _run.snapshot(step).codes.flatten(1).float()
    examples = _run.examples()
    if not codes or examples is None:
        return [], [], 0
    count = min(map(len, codes.values()))
    places = align_to_last({step: z[:count] for step, z in codes.items()})
    epochs = {moment["step"]: moment["epoch"] for moment in losses_at(_run.metrics(), tuple(places))}
    moments = [
        {"step": step, "epoch": epochs.get(step, 0.0), "points": points.double().round(decimals=4).tolist()}
        for step, points in places.items()
    ]
    return moments, examples.labels[:count].tolist(), next(iter(codes.values())).shape[1]
