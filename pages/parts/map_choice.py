"""Which map of a run's codes is shown; one that takes its time is made in a process of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import PROJECTIONS, Dimensions, Projected, strip
from aecore.exploring import Explored, by_activity
from aecore.runs.maps import read_map
from aecore.runs.run import Run
from pages.parts import frame, jobs, lab

STRIP = "strip"  # the kind of map that a code of a single number has
_WAITED = "maps-waited-for"  # in the session: a failure is told to who waited; whoever comes later has it tried again


def choose_map(run: Run, explored: Explored) -> tuple[str, int, tuple[int, ...]]:
    """The projection, the number of axes, and the dimensions if it is made of those."""
    size = explored.codes.shape[1]
    if size <= 2:
        return ("dimensions", 2, (0, 1)) if size == 2 else (STRIP, 2, ())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    axes = row.segmented_control(
        "Axes", [2, 3], default=2, key="axes", required=True, format_func="{} axes".format, bind="query-params"
    )
    kind = row.segmented_control(
        "Map", list(PROJECTIONS), default="pca", key="map", required=True,
        format_func=lambda k: PROJECTIONS[k].title, bind="query-params",
    )  # fmt: skip
    if kind != "dimensions":
        return kind, axes, ()
    with row:
        return kind, axes, _dimensions(run, explored, axes)


def _dimensions(run: Run, explored: Explored, axes: int) -> tuple[int, ...]:
    """A different one for each axis, what varies most first; as they were chosen for this run before."""
    names, order = lab.dimension_names(run), by_activity(explored.codes).tolist()
    before, chosen = st.session_state.setdefault(f"map-axes-{run.id}", {}), []
    for i in range(axes):
        left = [dimension for dimension in order if dimension not in chosen]
        at = left.index(before[i]) if before.get(i) in left else 0
        key = f"map-axis-{run.id}-{i}-{'-'.join(map(str, chosen))}"
        before[i] = st.selectbox(f"Axis {i + 1}", left, at, format_func=names.__getitem__, key=key, width=130)
        chosen.append(before[i])
    return tuple(chosen)


def project(
    run: Run, explored: Explored, kind: str, axes: int, chosen: tuple[int, ...]
) -> tuple[Projected, str]:  # fmt: skip
    """The map of a run's codes, computed once, and its kind: PCA while one that takes its time is not ready."""
    if kind in PROJECTIONS and PROJECTIONS[kind].slow:
        kept = _kept(run, explored, kind, axes)
        if kept is not None:
            return kept, kind
        kind = "pca"
    return _projected(run.id, run.model_step(), len(explored), kind, axes, chosen, explored.codes), kind


def _kept(run: Run, explored: Explored, kind: str, axes: int) -> Projected | None:
    if told := PROJECTIONS[kind].missing():
        st.caption(f":material/info: {told} Below is PCA.")
        return None
    kept = read_map(run, kind, axes, len(explored))
    if kept is None:
        _await(run, kind, axes)
    return kept


def _await(run: Run, kind: str, axes: int) -> None:
    """Begin the map in a process of its own, and say how far it is or why it ended."""
    name = f"map-{run.id}-{run.model_step()}-{kind}-{axes}"
    waited = st.session_state.setdefault(_WAITED, set())
    started = jobs.job(name)
    if name not in waited or not (started and started.problem):
        jobs.begin(name, _command(run, kind, axes))
    waited.add(name)
    st.fragment(_progress, run_every=0.5)(name, _command(run, kind, axes), PROJECTIONS[kind].title)


def _command(run: Run, kind: str, axes: int) -> list[str]:
    return ["aecore.runs.maps", str(run.folder), kind, str(axes)]


@frame.calm("The map's progress")
def _progress(name: str, command: list[str], title: str) -> None:
    started = jobs.job(name)
    if started and started.problem and Path(command[1]).is_dir():
        frame.problem(started.problem)
        st.button("Try again", on_click=jobs.begin, args=(name, command))
        return
    if started is None or not started.running:
        st.rerun()
    told = f"Computing the {title} map. It is kept with the run, so this happens once. Meanwhile: PCA."
    st.progress(started.share, told)


@st.cache_resource(max_entries=16, show_spinner="Drawing the map …")
def _projected(
    run_id: str, step: int | None, count: int, kind: str, axes: int, chosen: tuple[int, ...], _codes: Tensor
) -> Projected:
    if kind == STRIP:
        return strip(_codes)
    projection = Dimensions(chosen) if kind == "dimensions" else PROJECTIONS[kind]
    return projection.project(_codes, axes)
