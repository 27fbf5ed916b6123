"""Which map of a run's codes is shown; one that takes its time is made in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import PROJECTIONS, DimensionsProjection, Projected, project_1d
from aecore.latent.codes import dimensions_by_variance
from aecore.latent.space import LatentSpace
from aecore.runs.projections import read_map
from aecore.runs.run import Run
from pages.parts.shell import errors, jobs, text

STRIP = "strip"  # the kind of map that a code of a single number has
_ENDED = "map-ended"  # in the session: the job whose end has been seen
_WAITED = "maps-waited-for"  # in the session: a failure is told to who waited; whoever comes later has it tried again


class MapChoice(NamedTuple):
    """A projection, its number of axes, and the dimensions if it is made of those; and whose codes it shows."""

    kind: str
    axes: int
    dimensions: tuple[int, ...]
    step: int | None  # of the model that gave the codes

    @property
    def slow(self) -> bool:
        return self.kind in PROJECTIONS and PROJECTIONS[self.kind].slow


def choose_map(run: Run, step: int | None, space: LatentSpace) -> MapChoice:
    """The choice among the maps that a code of this size has."""
    size = space.encoded.codes.shape[1]
    if size <= 2:
        return MapChoice("dimensions", 2, (0, 1), step) if size == 2 else MapChoice(STRIP, 2, (), step)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    axes = row.segmented_control(
        "Axes", [2, 3], default=2, key="axes", required=True, format_func="{} axes".format, bind="query-params"
    )
    kind = row.segmented_control(
        "Map", list(PROJECTIONS), default="pca", key="map", required=True,
        format_func=lambda k: PROJECTIONS[k].title, bind="query-params",
    )  # fmt: skip
    axes, kind = axes or 2, kind or "pca"  # an address may name nothing
    if kind != "dimensions":
        return MapChoice(kind, axes, (), step)
    with row:
        return MapChoice(kind, axes, _dimensions(run, space, axes), step)


def _dimensions(run: Run, space: LatentSpace, axes: int) -> tuple[int, ...]:
    """A different one for each axis, what varies most first; as they were chosen for this run before."""
    names, order = space.dimension_names, dimensions_by_variance(space.encoded.codes).tolist()
    before, chosen = st.session_state.setdefault(f"map-axes-{run.id}", {}), []
    for i in range(axes):
        left = [dimension for dimension in order if dimension not in chosen]
        at = left.index(before[i]) if before.get(i) in left else 0
        key = f"map-axis-{run.id}-{i}-{'-'.join(map(str, chosen))}"
        before[i] = st.selectbox(f"Axis {i + 1}", left, at, format_func=names.__getitem__, key=key, width=130)
        chosen.append(before[i])
    return tuple(chosen)


def projected(run: Run, space: LatentSpace, choice: MapChoice) -> tuple[Projected, str]:
    """The map of a run's codes, computed once, and its kind: PCA while one that takes its time is not ready."""
    codes, kind = space.encoded.codes, choice.kind
    if choice.slow:
        if kept := read_map(run, choice.step, kind, choice.axes, len(codes)):
            return kept, kind
        kind = "pca"
    return _projected(run.id, choice.step, len(codes), kind, choice.axes, choice.dimensions, codes), kind


def wait_for(run: Run, space: LatentSpace, choice: MapChoice) -> None:
    """Have a map that takes its time made, and say how far it is, why it cannot be, or why it ended."""
    count = len(space.encoded)
    if not choice.slow or read_map(run, choice.step, choice.kind, choice.axes, count):
        return
    if told := PROJECTIONS[choice.kind].missing():
        st.caption(f":material/info: {told} Below is PCA.")
        return
    title = PROJECTIONS[choice.kind].title
    if run.state().active or choice.step != run.model_step():
        st.caption(f":material/info: {title} takes its time, so it waits until this run has ended. Below is PCA.")
        return
    name = f"map-{run.id}-{choice.step}-{choice.kind}-{choice.axes}-{count}"
    command = ["aecore.runs.projections", str(run.folder), choice.kind, str(choice.axes)]
    waited = st.session_state.setdefault(_WAITED, set())
    if name not in waited:
        jobs.begin(name, command, heavy=True)
    waited.add(name)
    errors.fragment("The map's progress", run_every=0.5)(_progress)(name, command, title)


def _progress(name: str, command: list[str], title: str) -> None:
    started = jobs.job(name)
    if started and started.running:
        told = f"Computing the {title} map. It is kept with the run, so this happens once."
        st.progress(started.share, f"{'Other maps are made first.' if started.waits else told} Meanwhile: PCA.")
        return
    if st.session_state.get(_ENDED) is not started or not Path(command[1]).is_dir():
        st.session_state[_ENDED] = started  # once, the page looks for the map, or for another run
        st.rerun()
    text.problem((started and started.problem) or "The map was made, but of other pictures than are shown now.")
    st.button("Try again", on_click=jobs.begin, args=(name, command, True))


@st.cache_resource(max_entries=16, show_spinner="Drawing the map …")
def _projected(
    run_id: str, step: int | None, count: int, kind: str, axes: int, chosen: tuple[int, ...], _codes: Tensor
) -> Projected:
    if kind == STRIP:
        return project_1d(_codes)
    projection = DimensionsProjection(chosen) if kind == "dimensions" else PROJECTIONS[kind]
    return projection.project(_codes, axes)
