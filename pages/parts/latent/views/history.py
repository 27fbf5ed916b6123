"""The training replay view: the codes of the same test images at each snapshot of a training, on one map."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import align_to_last
from aecore.runs.run import Run
from pages.parts.components.training_replay import training_replay
from pages.parts.latent.context import LatentContext
from pages.parts.latent.shapes import SHAPES
from pages.parts.latent.views.base import View
from pages.parts.runs.replay import losses_at

AXES = {1: "with their only latent dimension as horizontal axis", 2: "with their two latent dimensions as axes"}
PCA_AXES = "on the first two principal components of the last snapshot, whichever map is selected above"


def draw_caption(_: LatentContext) -> None:
    """Say where the view is, since it replaces the map."""
    st.caption("The training replay takes the place of the map. Select another view to see the map of all points.")


def draw_replay(context: LatentContext) -> None:
    """A slider over the run's snapshots that moves the points, with play and pause."""
    run, class_names = context.run, context.space.encoded.class_names
    steps = tuple(run.snapshot_steps())
    snapshots, labels, size = _snapshots(run.id, steps, run)
    if not snapshots:
        st.caption("This run has no snapshots that can be shown.")
        return
    training_replay(f"training-replay-{run.id}", snapshots, labels, class_names, SHAPES)
    left_out = len(steps) - len(snapshots)
    problem = f" {left_out} of {len(steps)} snapshots cannot be shown and are left out." if left_out else ""
    st.caption(f"The codes of {len(labels)} test images at every snapshot, {AXES.get(size, PCA_AXES)}.{problem}")


@st.cache_data(max_entries=8, show_spinner=False)
def _snapshots(run_id: str, steps: tuple[int, ...], _run: Run) -> tuple[list[dict[str, Any]], list[int], int]:
    """The readable snapshots as the component takes them, the labels of the images, and the size of their codes."""
    codes: dict[int, Tensor] = {}
    for step in steps:
        with suppress(OSError, ValueError, KeyError):  # a damaged or deleted snapshot is left out
            codes[step] = _run.snapshot(step).codes.flatten(1).float()
    examples = _run.examples()
    if not codes or examples is None:
        return [], [], 0
    count = min(map(len, codes.values()))
    positions = align_to_last({step: z[:count] for step, z in codes.items()})
    epochs = {record["step"]: record["epoch"] for record in losses_at(_run.metrics(), tuple(positions))}
    snapshots = [
        {"step": step, "epoch": epochs.get(step, 0.0), "points": points.double().round(decimals=4).tolist()}
        for step, points in positions.items()
    ]
    return snapshots, examples.labels[:count].tolist(), next(iter(codes.values())).shape[1]


VIEW = View("Training replay", draw_caption, replaces_map=draw_replay)
