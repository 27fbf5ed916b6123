"""The pictures behind the point under the pointer on a map of codes, shown by the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.parts.components import load

_WIDTH = 100_000  # pixels: Streamlit shrinks a picture that is wider

_component = load("hover_preview")


@dataclass(frozen=True)
class Plane:
    """The region of a map on which the count x count pictures of the sheet "plane" were decoded."""

    x_range: tuple[float, float]  # the map's first axis at the first and the last column
    y_range: tuple[float, float]  # its second axis at the first and the last row
    count: int
    blended: bool  # whether a position between four pictures shows a blend of them, or the nearest


@dataclass(frozen=True)
class Mark:
    """A mark drawn over a map: one named point, or a path of several."""

    name: str
    points: Sequence[Sequence[float]]


def preload_sheet(name: str, png: bytes) -> None:
    """Load a sheet of tiles into the browser: "originals", "reconstructions" or "plane" (top left first).

    As a hidden picture it loads beside the page; within the component's data it would delay the map.
    """
    with st.container(key=f"sheet-{name}"):
        # Without the format Streamlit would send a JPEG.
        st.image(png, width=_WIDTH, output_format="PNG", alt=f"Sheet of tiles: {name}")


def hover_preview(
    key: str,
    chart: str,
    columns: int,
    tile: tuple[int, int],
    labels: Sequence[int],
    names: Sequence[str],
    unit: str,
    plane: Plane | None,
    marks: Sequence[Mark],
    first: int,
    on_pin: Callable[[], None],
    on_select: Callable[[], None],
) -> None:
    """Show the pictures behind the pointer on the Plotly chart of key `chart`: of a point, and decoded from its plane.

    The pictures are those of the sheets "originals" and "reconstructions", `columns` in a row, each `tile` = (height,
    width) pixels; a point's `customdata` is its index there. `first` is the index shown until the pointer is on the
    map. A click stores an index in the session under `key` as `pinned` and calls `on_pin`; box and lasso store the
    indices of their points as `selection` and call `on_select`. `marks` are drawn over the chart.
    """
    data: dict[str, Any] = {
        "chart": chart,
        "columns": columns,
        "tile": list(tile),
        "labels": list(labels),
        "names": list(names),
        "unit": unit,
        "first": first,
        "marks": [asdict(mark) for mark in marks],
        "plane": plane and asdict(plane),
    }
    _component(key=key, data=data, on_pinned_change=on_pin, on_selection_change=on_select)
