"""The map of codes: which projection, the chart, and the pictures behind its points and its plane."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.latent import decode_plane
from aecore.analysis.neighbours import nearest
from aecore.analysis.projection import PROJECTIONS, Dimensions, Projected
from aecore.config import RunConfig
from aecore.exploring import Explored, decoder
from aecore.images import tile, to_pixels, to_png
from aecore.runs.maps import read_map
from aecore.runs.run import Run
from pages.parts import frame, jobs, lab
from pages.parts.probe import Mark, Plane, keep_sheet, probe
from pages.parts.scene import Scene

COLUMNS = 100
GRID = 32  # decoded pictures along each side of the plane
HEIGHT = 600
MARGIN = 0.06  # of the map's width, around the outermost points
KEY = "latent-map"
EYE = {"x": 1.5, "y": 1.5, "z": 0.9}  # far enough to see the names of the axes
MARKED = "#808a90"  # stands out from both themes' paper


def choose_map(config: RunConfig, explored: Explored) -> tuple[str, int, tuple[int, ...]]:
    """The projection, the number of axes, and the dimensions if it is made of those."""
    size = explored.codes.shape[1]
    if size == 1:
        return "pca", 1, ()
    if size == 2:
        return "dimensions", 2, (0, 1)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    axes = row.segmented_control("Axes", [2, 3], default=2, key="map-axes", required=True, format_func="{} axes".format)
    kind = row.segmented_control(
        "Map", list(PROJECTIONS), default="pca", key="map-kind", required=True,
        format_func=lambda k: PROJECTIONS[k].title,
    )  # fmt: skip
    if kind != "dimensions":
        return kind, axes, ()
    chosen = tuple(
        row.number_input(f"Dimension {i + 1}", 1, size, min(i + 1, size), key=f"map-dimension-{i}", width=130) - 1
        for i in range(axes)
    )
    return kind, axes, chosen


def project(
    run: Run, explored: Explored, kind: str, axes: int, chosen: tuple[int, ...]
) -> tuple[Projected, str]:  # fmt: skip
    """The map of a run's codes, computed once, and its kind: PCA while one that takes its time is not ready."""
    if PROJECTIONS[kind].slow:
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
    """Begin the map in a process of its own, or say how far it is."""
    name = f"map-{run.id}-{run.model_step()}-{kind}-{axes}"
    started = jobs.job(name)
    if started and started.problem:
        frame.problem(started.problem)
        st.button("Try again", on_click=jobs.begin, args=(name, _command(run, kind, axes)))
        return
    jobs.begin(name, _command(run, kind, axes))
    st.fragment(_progress, run_every=0.5)(name, PROJECTIONS[kind].title)


def _command(run: Run, kind: str, axes: int) -> list[str]:
    return ["aecore.runs.maps", str(run.folder), kind, str(axes)]


@frame.calm("The map's progress")
def _progress(name: str, title: str) -> None:
    started = jobs.job(name)
    if started is None or not started.running:
        st.rerun()
    st.progress(
        started.share, f"Computing the {title} map. It is kept with the run, so this happens once. Meanwhile: PCA."
    )


@st.cache_resource(max_entries=16, show_spinner="Drawing the map …")
def _projected(
    run_id: str, step: int | None, count: int, kind: str, axes: int, chosen: tuple[int, ...], _codes: Tensor
) -> Projected:
    projection = Dimensions(chosen) if kind == "dimensions" else PROJECTIONS[kind]
    return projection.project(_codes, axes)


def chart(scene: Scene, marks: Sequence[Mark]) -> None:
    """The map: a point for each picture, coloured by its class; one of three axes with its marks."""
    explored, names, kind = scene.explored, scene.names, scene.kind
    points = scene.projected.points
    axes = points.shape[1]
    figure = go.Figure()
    for label in range(int(explored.labels.max()) + 1):  # also of an empty class, so that colours stay the same
        own = (explored.labels == label).nonzero().flatten()
        at = points[own].numpy()
        place = dict(zip("xyz", at.T, strict=False))
        style = {"name": names[label] if names else "codes", "mode": "markers", "customdata": own.numpy()}
        style["showlegend"] = len(own) > 0
        if axes == 3:
            figure.add_scatter3d(**place, **style, marker_size=2.2, hoverinfo="none")
        else:
            place.setdefault("y", torch.zeros(len(own)).numpy())
            figure.add_scattergl(**place, **style, marker={"size": 4.5, "opacity": 0.75}, hoverinfo="none")
    titles = _titles(scene.projected, kind)
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 28, "b": 8}, dragmode="orbit" if axes == 3 else "pan",
        legend={"x": 1, "y": 1, "itemsizing": "constant", "title_text": ""},
        hovermode="closest", uirevision=f"{scene.run.id}-{kind}-{axes}",
    )  # fmt: skip
    if axes == 3:
        _add_marks(figure, marks)
        names = {f"{axis}axis_title_text": title for axis, title in zip("xyz", titles, strict=True)}
        figure.update_layout(scene={**names, "camera_eye": EYE})
    else:
        figure.update_layout(xaxis_title_text=titles[0], yaxis_title_text=titles[1] if axes == 2 else "")
    if caution := PROJECTIONS[kind].caution:
        st.caption(f"{caution} Between the points, the nearest codes are blended.")
    tools = [["pan2d", "select2d", "lasso2d", "resetScale2d"]] if axes != 3 else []
    config = {"displayModeBar": bool(tools), "modeBarButtons": tools, "scrollZoom": True, "displaylogo": False}
    st.plotly_chart(figure, key=KEY, config=config, alt=f"Map of {len(explored):,} codes, coloured by class")


def _add_marks(figure: go.Figure, marks: Sequence[Mark]) -> None:
    """Marks in three dimensions; over a flat map the browser draws them, which needs no new figure."""
    for mark in marks:
        place = dict(zip("xyz", zip(*mark.points, strict=True), strict=True))
        style = {"showlegend": False, "hoverinfo": "skip", "name": mark.name}
        if len(mark.points) > 1:
            dash = "dash" if mark.name == "spherical" else "solid"
            figure.add_scatter3d(**place, **style, mode="lines", line={"width": 5, "color": MARKED, "dash": dash})
        else:
            marker = {"size": 9, "color": MARKED, "symbol": "circle-open"}
            figure.add_scatter3d(**place, **style, mode="markers+text", text=[f"<b>{mark.name}</b>"], marker=marker)


def _titles(projected: Projected, kind: str) -> list[str]:
    of_all = " of the variance" if projected.points.shape[1] < 3 else ""
    shares = [f" ({share:.0%}{of_all})" for share in projected.shares] or [""] * projected.points.shape[1]
    numbers = list(range(len(shares)))
    if kind == "dimensions" and projected.axes is not None:
        numbers = projected.axes.argmax(dim=1).tolist()
    words = {"pca": "component", "dimensions": "code dimension"}.get(kind, "axis")
    return [f"{words} {number + 1}{share}" for number, share in zip(numbers, shares, strict=True)]


def under_the_pointer(
    scene: Scene, marks: Sequence[Mark], on_pin: Callable[[], None], on_choice: Callable[[], None]
) -> None:
    """The pictures of whatever is pointed at, and marks over the map."""
    run, explored = scene.run, scene.explored
    plane = None
    if scene.flat:
        drawn = hashlib.sha1(scene.projected.points.numpy().tobytes()).hexdigest()
        plane, sheet = _plane(run.id, run.model_step(), drawn, scene.pin, scene)
        keep_sheet("plane", sheet)
    key = (run.id, run.model_step(), len(explored))
    keep_sheet("originals", _sheet(*key, "originals", explored.images))
    keep_sheet("answers", _sheet(*key, "answers", lab.answers(run)))
    probe(
        "probe", KEY, COLUMNS, tuple(explored.images.shape[2:]), explored.labels.tolist(), scene.names,
        scene.config.dataset.unit, plane, marks if scene.flat else (), scene.pin, on_pin, on_choice,
    )  # fmt: skip


def places(scene: Scene, codes: Tensor) -> list[list[float]]:
    """Where codes (M, D) lie on the map; on one without axes, where the code nearest to each lies."""
    if scene.projected.axes is not None:
        found = codes @ scene.projected.axes.T
    else:
        found = scene.projected.points[nearest(scene.codes, codes, 1)[0][:, 0]]
    return [[float(value) for value in place] for place in found]


@st.cache_data(max_entries=8, show_spinner=False)
def _sheet(run_id: str, step: int | None, count: int, what: str, _images: Tensor) -> bytes:
    return to_png(tile(to_pixels(_images), COLUMNS))


@st.cache_data(max_entries=16, show_spinner=False)
def _plane(run_id: str, step: int | None, drawn: str, pinned: int, _scene: Scene) -> tuple[Plane, bytes]:
    """Decoded pictures all over the map, on the plane through the pinned code."""
    points = _scene.projected.points
    low, high = points.min(dim=0).values, points.max(dim=0).values
    room = MARGIN * (high - low).clamp(min=1e-6)
    low, high = low - room, high + room
    across, down = (torch.linspace(float(low[i]), float(high[i]), GRID) for i in (0, 1))
    decode = decoder(_scene.model)
    if _scene.projected.axes is None:
        grid_places = torch.cartesian_prod(down.flip(0), across).flip(1)
        pictures = torch.cat([decode(part) for part in _scene.projected.blend(_scene.codes, grid_places).split(512)])
    else:
        origin = _scene.projected.through(_scene.code)
        pictures = decode_plane(decode, origin, _scene.projected.axes, across, down.flip(0)).flatten(0, 1)
    sheet = to_png(tile(to_pixels(pictures), GRID))
    plane = Plane((across[0].item(), across[-1].item()), (down[-1].item(), down[0].item()), GRID)
    return plane, sheet
