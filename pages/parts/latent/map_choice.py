"""The choice of the map of a run's codes; slow projections are computed in a separate process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import PROJECTIONS, DimensionsProjection, Projected, project_1d
from aecore.latent.codes import dimensions_by_variance
from aecore.latent.space import LatentSpace
from aecore.runs.computed.projections import comes_with_map, read_map
from aecore.runs.run import Run
from pages.parts.latent.map_colors import CLASSES
from pages.parts.shell import errors, jobs, session, text

STRIP = "strip"  # the kind of map for codes with a single dimension
PCA_FALLBACK = "Showing PCA for now."


class MapChoice(NamedTuple):
    """A projection of the codes of one step."""

    kind: str
    axes: int
    dimensions: tuple[int, ...]  # the axes of a map of latent dimensions; empty otherwise
    step: int | None  # of the model that gave the codes
    colors: str = CLASSES  # see `map_colors`

    @property
    def slow(self) -> bool:
        return self.kind in PROJECTIONS and PROJECTIONS[self.kind].slow


def choose_map(run: Run, step: int | None, space: LatentSpace) -> MapChoice:
    """The controls for projection and axes, as far as codes of this size offer a choice."""
    size = space.encoded.codes.shape[1]
    if size <= 2:
        return MapChoice("dimensions", 2, (0, 1), step) if size == 2 else MapChoice(STRIP, 2, (), step)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    axes = row.segmented_control(
        "Axes",
        [2, 3],
        default=2,
        key="axes",
        required=True,
        format_func="{} axes".format,
        bind="query-params",
        wrap=True,
    )
    missing = {kind: message for kind, projection in PROJECTIONS.items() if (message := projection.missing())}
    kinds = [kind for kind in PROJECTIONS if kind not in missing]
    default = _follow_default(run, step, kinds)
    kind = row.segmented_control(
        "Map", kinds, default=default, key=session.MAP.name, required=True, help=" ".join(missing.values()) or None,
        format_func=lambda k: PROJECTIONS[k].title, bind="query-params", wrap=True,
    )  # fmt: skip
    axes, kind = axes or 2, kind or default  # an address may name nothing
    if axes == 3 and session.NO_WEBGL.get():
        axes = 2
        text.info("A map with three axes needs WebGL, which this browser does not offer. Showing two axes.")
    if kind != "dimensions":
        return MapChoice(kind, axes, (), step)
    with row:
        return MapChoice(kind, axes, _choose_dimensions(run, space, axes), step)


def _follow_default(run: Run, step: int | None, kinds: Sequence[str]) -> str:
    """The kind of map with which a run opens; another run's map changes to it, unless the visitor chose that one."""
    shipped = (kind for kind in kinds if PROJECTIONS[kind].slow and comes_with_map(run, step, kind, 2))
    default, before = next(shipped, "pca"), session.MAP_DEFAULT.get()
    session.MAP.correct(lambda chosen: chosen in kinds and chosen != before, default)
    session.MAP_DEFAULT.set(default)
    return default


def _choose_dimensions(run: Run, space: LatentSpace, axes: int) -> tuple[int, ...]:
    """A different dimension for each axis: the one chosen for this run before, or the most variable one left."""
    names, order = space.dimension_names, dimensions_by_variance(space.encoded.codes).tolist()
    stored = session.map_axes(run.id).get()
    chosen: list[int] = []
    for i in range(axes):
        left = [dimension for dimension in order if dimension not in chosen]
        default = left.index(stored[i]) if stored.get(i) in left else 0
        key = f"map-axis-{run.id}-{i}-{'-'.join(map(str, chosen))}"
        stored[i] = st.selectbox(f"Axis {i + 1}", left, default, format_func=names.__getitem__, key=key, width=130)
        chosen.append(stored[i])
    return tuple(chosen)


def project(run: Run, space: LatentSpace, choice: MapChoice) -> tuple[Projected, str]:
    """The codes on the chosen map, and its kind: PCA while a slow projection is not ready."""
    codes, kind = space.encoded.codes, choice.kind
    if choice.slow:
        if stored := read_map(run, choice.step, kind, choice.axes, len(codes)):
            return stored, kind
        kind = "pca"
    return _project(run.id, choice.step, len(codes), kind, choice.axes, choice.dimensions, codes), kind


@st.cache_resource(max_entries=16, show_spinner="Drawing the map …")
def _project(
    run_id: str, step: int | None, count: int, kind: str, axes: int, dimensions: tuple[int, ...], _codes: Tensor
) -> Projected:
    if kind == STRIP:
        return project_1d(_codes)
    projection = DimensionsProjection(dimensions) if kind == "dimensions" else PROJECTIONS[kind]
    return projection.project(_codes, axes)


def request_map(run: Run, space: LatentSpace, choice: MapChoice) -> None:
    """Have a slow projection computed, and show its progress, or why it is unavailable or failed."""
    count = len(space.encoded)
    if not choice.slow or read_map(run, choice.step, choice.kind, choice.axes, count):
        return
    projection = PROJECTIONS[choice.kind]
    if run.state().active or choice.step != run.model_step():
        text.info(f"{projection.title} takes a while to compute and starts once this run has ended. {PCA_FALLBACK}")
        return
    name = f"map-{run.id}-{choice.step}-{choice.kind}-{choice.axes}-{count}"
    command = ["aecore.runs.computed.projections", str(run.folder), choice.kind, str(choice.axes)]
    requested = session.REQUESTED_MAPS.get()
    if name not in requested:
        jobs.start(name, command, heavy=True)
    requested.add(name)
    _show_progress(name, command, projection.title)


@errors.fragment("The map's progress", run_every=1.0)
def _show_progress(name: str, command: list[str], title: str) -> None:
    job = jobs.job(name)
    if job and job.running:
        progress = f"Computing the {title} map. It is stored with the run, so this happens only once."
        st.progress(job.share, f"{'Waiting for other maps.' if job.waits else progress} {PCA_FALLBACK}")
        return
    if session.ENDED_MAP_JOB.get() is not job or not Path(command[1]).is_dir():
        session.ENDED_MAP_JOB.set(job)  # rerun the page once: it looks for the map, or for another run
        st.rerun()
    text.problem((job and job.problem) or "The map was computed for other images than those shown now.")
    st.button("Try again", on_click=jobs.start, args=(name, command, True))
