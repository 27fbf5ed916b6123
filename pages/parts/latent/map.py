"""The map of codes: the chart, and the pictures behind its points and its plane."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.analysis.planes import decode_map, regular_grid
from aecore.analysis.projection import PROJECTIONS
from aecore.images import tile, to_pixels, to_png
from aecore.latent.codes import decoder
from pages.parts.components.hover_preview import Mark, Plane, hover_preview, preload_sheet
from pages.parts.latent.context import Key, Scene
from pages.parts.latent.map_choice import STRIP

COLUMNS = 100
GRID = 32  # decoded pictures along each side of the plane
HEIGHT = 600
MARGIN = 0.06  # of the map's width, around the outermost points
KEY = "latent-map"
EYE = {"x": 1.85, "y": 1.85, "z": 1.1}  # far enough to see the names of the axes


def chart(scene: Scene) -> None:
    """The map: a point for each picture, colored by its class."""
    figure = go.Figure()
    for label in range(int(scene.encoded.labels.max()) + 1):  # also an empty class, so that colors stay the same
        _add_points(figure, scene, label)
    titles = _titles(scene)
    if scene.flat:
        figure.update_layout(xaxis_title_text=titles[0], yaxis_title_text=titles[1])
        figure.update_yaxes(showticklabels=scene.kind != STRIP)
    else:
        named = {f"{axis}axis_title_text": title for axis, title in zip("xyz", titles, strict=True)}
        figure.update_layout(scene={**named, "camera_eye": EYE})
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 28, "b": 8}, dragmode="pan" if scene.flat else "orbit",
        legend={"x": 1, "y": 1, "itemsizing": "constant", "title_text": ""},
        hovermode="closest", uirevision=f"{scene.run.id}-{scene.kind}-{len(titles)}",
    )  # fmt: skip
    tools = [["pan2d", "select2d", "lasso2d", "resetScale2d"]] if scene.flat else []
    config = {"displayModeBar": scene.flat, "modeBarButtons": tools, "scrollZoom": True, "displaylogo": False}
    alt = f"Map of {len(scene.encoded):,} codes" + ", colored by class" * bool(scene.names)
    st.plotly_chart(figure, key=KEY, config=config, alt=alt)


def _add_points(figure: go.Figure, scene: Scene, label: int) -> None:
    own = (scene.encoded.labels == label).nonzero().flatten()
    place = dict(zip("xyz", scene.projected.points[own].numpy().T, strict=False))
    style = {"name": scene.names[label] if scene.names else "codes", "showlegend": len(own) > 0}
    style |= {"mode": "markers", "customdata": own.numpy(), "hoverinfo": "none"}
    if scene.flat:
        figure.add_scattergl(**place, **style, marker={"size": 4.5, "opacity": 0.75})
    else:
        figure.add_scatter3d(**place, **style, marker_size=2.2)


def _cautions(scene: Scene) -> None:
    """What this map does not say, and what it is that is decoded between its points."""
    size = scene.codes.shape[1]
    places = f"Decoded at {GRID} × {GRID} places, {'the nearest shown' if scene.discrete else 'mixed between them'}"
    if not scene.flat:
        told = "On three axes only the points have pictures. Turn the map by dragging."
    elif scene.kind == STRIP:
        told = f"Each code is one number, from left to right; up and down only keeps the points apart. {places}."
    elif scene.projected.axes is None:
        told = (
            f"{PROJECTIONS[scene.kind].caution} There is no way back from this map: between the points the nearest "
            f"codes are blended, and marks and paths lie on the points nearest to them. {places}."
        )
    elif size > 2:
        told = (
            "Between the points lies the plane through the pinned code, along both axes; what else its "
            f"{size:,} numbers hold stays as it is. {places}."
        )
    else:
        told = f"Every place of this map decodes to a picture. {places}."
    st.caption(told)


def _titles(scene: Scene) -> list[str]:
    if scene.kind == STRIP:
        return [scene.space.dimension_names[0], ""]
    projected = scene.projected
    axes = projected.points.shape[1]
    names = [f"axis {i + 1}" for i in range(axes)]
    if scene.kind == "pca":
        names = [f"component {i + 1}" for i in range(axes)]
    elif scene.kind == "dimensions" and projected.axes is not None:
        names = [f"code dimension {scene.space.dimension_names[i]}" for i in projected.axes.argmax(dim=1).tolist()]
    of_all = " of the variance" if scene.flat else ""
    shares = [f" ({share:.0%}{of_all})" for share in projected.explained_variance_ratio] or [""] * axes
    return [name + share for name, share in zip(names, shares, strict=True)]


def under_the_pointer(
    scene: Scene, marks: Sequence[Mark], on_pin: Callable[[], None], on_choice: Callable[[], None]
) -> None:
    """The pictures of whatever is pointed at, and marks over the map."""
    encoded, plane = scene.encoded, None
    if scene.flat:
        drawn = hashlib.sha1(scene.projected.points.numpy().tobytes()).hexdigest()
        plane, sheet = _plane(scene.key, drawn, scene.pin, scene)
        preload_sheet("plane", sheet)
    preload_sheet("originals", _originals(scene.key, scene))
    preload_sheet("reconstructions", _answers(scene.key, scene))
    hover_preview(
        "hover-preview", KEY, COLUMNS, tuple(encoded.images.shape[2:]), encoded.labels.tolist(), scene.names,
        scene.config.dataset.unit, plane, marks, scene.pin, on_pin, on_choice,
    )  # fmt: skip
    _cautions(scene)


def places(scene: Scene, codes: Tensor, ends: Sequence[int]) -> list[list[float]]:
    """Where codes (M, D) lie on the map; on one without axes, where the code nearest to each lies.

    Height means nothing on a strip: there the first and the last lie as high as the points of the numbers in `ends`.
    """
    if scene.projected.axes is not None:
        found = codes @ scene.projected.axes.T
        if scene.kind == STRIP:
            heights = scene.projected.points[[max(0, number) for number in ends], 1]
            found[:, 1] = torch.linspace(float(heights[0]), float(heights[-1]), len(codes))
    else:
        found = scene.projected.points[nearest(scene.codes, codes, 1)[0][:, 0]]
    return [[float(value) for value in place] for place in found]


@st.cache_data(max_entries=12, show_spinner=False)
def _originals(key: Key, _scene: Scene) -> bytes:
    return to_png(tile(to_pixels(_scene.encoded.images), COLUMNS))


@st.cache_data(max_entries=12, show_spinner="Decoding the test pictures …")
def _answers(key: Key, _scene: Scene) -> bytes:
    return to_png(tile(to_pixels(_scene.space.reconstructions), COLUMNS))


@st.cache_data(max_entries=32, show_spinner=False)
def _plane(key: Key, drawn: str, pinned: int, _scene: Scene) -> tuple[Plane, bytes]:
    """Decoded pictures all over the map, on the plane through the pinned code."""
    across, down = regular_grid(_scene.projected, GRID, MARGIN)
    pictures = decode_map(decoder(_scene.model), _scene.projected, _scene.codes, _scene.code, across, down)
    ends = ((float(places[0]), float(places[-1])) for places in (across, down))
    return Plane(*ends, GRID, not _scene.discrete), to_png(tile(to_pixels(pictures.flatten(0, 1)), GRID))
