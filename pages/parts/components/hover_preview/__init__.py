"""A preview of the point or position under the pointer on a map of codes, drawn by the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.parts.components import load

_WIDTH = 100_000  # pixels: Streamlit downscales wider images

_component = load("hover_preview")


@dataclass(frozen=True)
class Plane:
    """The region of a map on which the count x count images of the sheet "plane" were decoded."""

    x_range: tuple[float, float]  # the map's first axis at the first and the last column
    y_range: tuple[float, float]  # its second axis at the first and the last row
    count: int
    blended: bool  # whether a position between four images shows a blend of them, or the nearest


@dataclass(frozen=True)
class Mark:
    """A mark drawn over a map: one named point, or a path of several."""

    name: str
    points: Sequence[Sequence[float]]


def preload_sheet(name: str, png: bytes) -> None:
    """Load a sheet of tiles into the browser: "originals", "reconstructions" or "plane" (top left first).

    A hidden image loads in parallel with the page; in the component's data it would delay the map.
    """
    with st.container(key=f"sheet-{name}"):
        # Without the format Streamlit would send a JPEG.
        st.image(png, width=_WIDTH, output_format="PNG", alt=f"Sheet of tiles: {name}")


def hover_preview(
    key: str,
    chart: str,
    columns: int,
    tile_size: tuple[int, int],
    labels: Sequence[int],
    class_names: Sequence[str],
    unit: str,
    plane: Plane | None,
    marks: Sequence[Mark],
    initial: int,
    on_point: Callable[[int], None],
    on_selection: Callable[[list[int]], None],
    on_no_webgl: Callable[[], None] | None,
) -> None:
    """Show the images behind the pointer on the Plotly chart of key `chart`: those of a point, and of its plane.

    Args:
        key: the component's key.
        chart: the chart's key; the `customdata` of its points are their indices.
        columns: images per row of the sheets "originals" and "reconstructions".
        tile_size: (height, width) of an image in pixels.
        labels: the class index of each point.
        class_names: the names of the classes; empty if there are none.
        unit: what a point is: "image".
        plane: the region of the sheet "plane"; None on a map with three axes.
        marks: drawn over the chart.
        initial: index of the point shown until the pointer is on the map.
        on_point: called with the index of a clicked point.
        on_selection: called with the indices of the points inside a box or lasso; with none when it is cleared.
        on_no_webgl: called if the browser has no WebGL, which the map needs; None if it needs none.
    """
    data: dict[str, Any] = {
        "chart": chart,
        "columns": columns,
        "tile": list(tile_size),
        "labels": list(labels),
        "names": list(class_names),
        "unit": unit,
        "initial": initial,
        "marks": [asdict(mark) for mark in marks],
        "plane": plane and asdict(plane),
        "asks_for_webgl": on_no_webgl is not None,
    }
    _component(
        key=key,
        data=data,
        on_point_change=lambda: on_point(_index(st.session_state[key].get("point"))),
        on_selection_change=lambda: on_selection(_indices(st.session_state[key].get("selection"))),
        on_no_webgl_change=on_no_webgl or (lambda: None),
    )


def _index(sent: object) -> int:
    """The index that the browser sent; any client can send anything, and -1 is no point."""
    return sent if isinstance(sent, int) else -1


def _indices(sent: object) -> list[int]:
    return [i for i in sent if isinstance(i, int) and i >= 0] if isinstance(sent, list) else []
