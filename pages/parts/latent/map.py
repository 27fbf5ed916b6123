"""The map of codes: the chart, and the images behind its points and its plane."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from html import escape

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
from pages.parts.latent.context import CodesKey, LatentContext
from pages.parts.latent.map_choice import STRIP
from pages.parts.latent.shapes import SHAPES, SHAPES_3D
from pages.parts.latent.views.base import CodeMark
from pages.parts.shell import session

COLUMNS = 100  # images per row of a sheet
GRID = 32  # decoded images along each side of the plane
MARGIN = 0.06  # of the map's width, around the outermost points
KEY = "latent-map"
SVG_POINTS = 1500  # more would be slow without WebGL; for fewer, starting WebGL takes longer than drawing them
LEGEND_LENGTH = 24  # characters of a class in the legend
LEGEND_SHARE = 0.25  # of the chart's height, below the map; Plotly's half leaves too little of it
SIDE_LEGEND_LENGTH = 10  # characters of a class beside the map: longer ones leave it too little width
CAMERA = {  # far enough to show the names of the axes; a little left of the middle, as the vertical one is there
    "eye": {"x": 1.95, "y": 1.95, "z": 1.15},
    "center": {"x": 0.06, "y": -0.06, "z": 0},
}


def draw_chart(context: LatentContext) -> None:
    """The map: a point for each test image, in the color and the shape of its class or cluster."""
    groups, flat = context.groups, context.has_two_axes
    figure = go.Figure()
    for label in range(int(groups.labels.max()) + 1):  # also an empty class, so that colors stay the same
        _add_points(figure, context, label)
    titles = _axis_titles(context)
    if flat:
        figure.update_layout(xaxis_title_text=titles[0], yaxis_title_text=titles[1])
        figure.update_yaxes(showticklabels=context.projection != STRIP)
    else:
        named = {f"{axis}axis_title": {"text": t, "font_size": 11} for axis, t in zip("xyz", titles, strict=True)}
        figure.update_layout(scene={**named, "camera": CAMERA})
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 28, "b": 8}, dragmode="pan" if flat else "orbit",
        legend={"itemsizing": "constant", "title_text": "", **_legend_position(groups.names, flat)},
        hovermode="closest", uirevision=f"{context.run.id}-{context.projection}-{len(titles)}-{groups.are_clusters}",
    )  # fmt: skip
    tools = [["pan2d", "select2d", "lasso2d", "resetScale2d"]] if flat else []
    config = {"displayModeBar": flat, "modeBarButtons": tools, "scrollZoom": True, "displaylogo": False}
    kind = "clusters" if groups.are_clusters else "classes"
    colored = f", in the colors and shapes of their {kind}" if groups.names else ""
    st.plotly_chart(
        figure, key=KEY, height="stretch", config=config, alt=f"Map of {_shown_count(context):,} codes{colored}"
    )


def _add_points(figure: go.Figure, context: LatentContext, label: int) -> None:
    names = context.groups.names
    indices = (context.groups.labels[: _shown_count(context)] == label).nonzero().flatten()
    positions = dict(zip("xyz", context.projected.points[indices].numpy().T, strict=False))
    style = {"name": _legend_name(names[label]) if names else "codes", "showlegend": len(indices) > 0}
    style |= {"mode": "markers", "customdata": indices.numpy(), "hoverinfo": "none"}
    if context.has_two_axes:
        marker = {"size": 5.5, "opacity": 0.75, "symbol": SHAPES[(label + label // len(SHAPES)) % len(SHAPES)]}
        add = figure.add_scattergl if _draws_with_webgl(context) else figure.add_scatter
        add(**positions, **style, marker=marker)
    else:
        figure.add_scatter3d(**positions, **style, marker={"size": 2.6, "symbol": SHAPES_3D[label % len(SHAPES_3D)]})


def _legend_position(class_names: Sequence[str], flat: bool) -> dict[str, object]:
    """Beside the map; below it if a name is long, or the names of three axes need the width."""
    if flat and max(map(len, class_names), default=0) <= SIDE_LEGEND_LENGTH:
        return {"x": 1, "y": 1}
    return {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "maxheight": LEGEND_SHARE}


def _legend_name(class_name: str) -> str:
    """A class in the legend, where Plotly reads HTML, and which covers the map if it is wide."""
    short = class_name if len(class_name) <= LEGEND_LENGTH else f"{class_name[: LEGEND_LENGTH - 1]}…"
    return escape(short, quote=False)  # Plotly shows the codes of quotes as they are


def _shown_count(context: LatentContext) -> int:
    """The number of points on the map."""
    count = len(context.groups.labels)
    return min(count, SVG_POINTS) if session.NO_WEBGL.get() else count


def _draws_with_webgl(context: LatentContext) -> bool:
    return not session.NO_WEBGL.get() and (not context.has_two_axes or _shown_count(context) > SVG_POINTS)


def _axis_titles(context: LatentContext) -> list[str]:
    names, projected = context.space.dimension_names, context.projected
    if context.projection == STRIP:
        return [names[0], ""]
    axes = projected.points.shape[1]
    titles = [f"axis {i + 1}" for i in range(axes)]
    if context.projection == "pca":
        titles = [f"component {i + 1}" for i in range(axes)]
    elif context.projection == "dimensions" and projected.axes is not None:
        titles = [f"latent dimension {names[i]}" for i in projected.axes.argmax(dim=1).tolist()]
    suffix = " of the variance" if context.has_two_axes else ""
    shares = [f" ({share:.0%}{suffix})" for share in projected.explained_variance_ratio] or [""] * axes
    return [title + share for title, share in zip(titles, shares, strict=True)]


def draw_hover_preview(
    context: LatentContext,
    marks: Sequence[CodeMark],
    on_point: Callable[[int], None],
    on_selection: Callable[[list[int]], None],
) -> None:
    """The images behind the pointer, with marks over the map: the selected point, and those of the view."""
    encoded, dataset, plane = context.space.encoded, context.space.config.dataset, None
    if context.has_two_axes:
        map_hash = hashlib.sha1(context.projected.points.numpy().tobytes()).hexdigest()
        plane, sheet = _plane(context.key, map_hash, context.selected, context)
        preload_sheet("plane", sheet)
    preload_sheet("originals", _originals(context.key, context))
    preload_sheet("reconstructions", _reconstructions(context.key, context))
    height, width = encoded.images.shape[2:]
    selected = CodeMark("selected", context.selected_code[None], (context.selected,))
    hover_preview(
        "hover-preview", KEY, COLUMNS, (height, width), encoded.labels.tolist(), encoded.class_names, dataset.unit,
        plane, [_mark(context, mark) for mark in (selected, *marks)], context.selected, on_point, on_selection,
        _store_no_webgl if _draws_with_webgl(context) else None,
    )  # fmt: skip
    st.caption(_caption(context))
    if len(context.groups.labels) < len(encoded):
        st.caption(f"The map shows the {len(context.groups.labels):,} {dataset.unit}s that were clustered.")
    if _shown_count(context) < len(context.groups.labels):
        st.caption(f"This browser has no WebGL: the map shows {SVG_POINTS:,} of {len(context.groups.labels):,} points.")


def _store_no_webgl() -> None:
    session.NO_WEBGL.set(True)


def _caption(context: LatentContext) -> str:
    """What is decoded between the points of this map, and what its distances do not show."""
    size = context.space.encoded.codes.shape[1]
    between = "showing the nearest" if context.space.config.bottleneck.discrete else "interpolated in between"
    grid = f"Decoded on a grid of {GRID} × {GRID}, {between}."
    if not context.has_two_axes:
        return "With three axes, only the points show images. Drag to rotate the map."
    if context.projection == STRIP:
        return (
            f"Each code is one value, shown from left to right; the vertical position only separates the points. {grid}"
        )
    if context.projected.axes is None:
        projection = PROJECTIONS[context.projection]
        return (
            f"{projection.caution} {projection.title} cannot be inverted: between the points, the nearest codes are "
            f"blended, and marks and paths are drawn at the points nearest to them. {grid}"
        )
    if size > 2:
        return (
            "Between the points, the map decodes the plane through the selected code that both axes span; the other "
            f"directions of its {size:,} dimensions stay fixed. {grid}"
        )
    return f"Every position on this map decodes to an image. {grid}"


def _mark(context: LatentContext, mark: CodeMark) -> Mark:
    """A mark at its position on the map; on a map without axes, at the points whose codes are nearest.

    The height on a strip has no meaning: a path goes from the height of its first end to that of its last.
    """
    projected = context.projected
    if projected.axes is not None:
        positions = mark.codes @ projected.axes.T
        if context.projection == STRIP:
            heights = projected.points[[max(0, index) for index in mark.ends], 1]
            positions[:, 1] = torch.linspace(float(heights[0]), float(heights[-1]), len(mark.codes))
    else:
        positions = projected.points[nearest(context.space.encoded.codes, mark.codes, 1)[0][:, 0]]
    return Mark(mark.name, [[float(value) for value in position] for position in positions])


@st.cache_data(max_entries=12, show_spinner=False)
def _originals(key: CodesKey, _context: LatentContext) -> bytes:
    return _sheet(_context.space.encoded.images, COLUMNS)


@st.cache_data(max_entries=12, show_spinner="Reconstructing the test images …")
def _reconstructions(key: CodesKey, _context: LatentContext) -> bytes:
    return _sheet(_context.space.reconstructions, COLUMNS)


@st.cache_data(max_entries=32, show_spinner=False)
def _plane(key: CodesKey, map_hash: str, selected: int, _context: LatentContext) -> tuple[Plane, bytes]:
    """Images decoded all over the map, on the plane through the selected code."""
    space, projected = _context.space, _context.projected
    across, down = regular_grid(projected, GRID, MARGIN)
    decode = decoder(space.model)
    images = decode_map(decode, projected, space.encoded.codes, _context.selected_code, across, down)
    plane = Plane(
        (float(across[0]), float(across[-1])),
        (float(down[0]), float(down[-1])),
        GRID,
        blended=not space.config.bottleneck.discrete,
    )
    return plane, _sheet(images.flatten(0, 1), GRID)


def _sheet(images: Tensor, columns: int) -> bytes:
    return to_png(tile(to_pixels(images), columns))
