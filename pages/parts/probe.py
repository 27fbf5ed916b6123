"""What lies under the pointer on a map of codes, answered in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.parts.shell.frame import component

HTML = """
<div class="probe" role="group" aria-label="Under the pointer">
  <div class="row">
    <figure><canvas class="original" role="img"></canvas><figcaption>original</figcaption></figure>
    <figure><canvas class="answer" role="img"></canvas><figcaption>reconstruction</figcaption></figure>
    <figure><canvas class="here" role="img" aria-label="Decoded under the pointer"></canvas>
      <figcaption>decoded right here</figcaption></figure>
  </div>
  <p class="told"></p>
</div>
"""

_component = component("probe", HTML, "probe_pictures.js", "probe_marks.js", "probe_hand.js")

WIDEST = 100_000  # pixels: a wider picture would be made smaller on its way


@dataclass(frozen=True)
class Plane:
    """Where on a map the count x count pictures of the sheet "plane" were decoded."""

    across: tuple[float, float]  # the map's first axis at the first and the last column
    down: tuple[float, float]  # its second axis at the first and the last row
    count: int
    mixed: bool  # whether a place between four pictures shows a mixture of them, or the nearest


@dataclass(frozen=True)
class Mark:
    """Something drawn over a map: a named point, or a path if there are more."""

    name: str
    points: Sequence[Sequence[float]]


def keep_sheet(name: str, png: bytes) -> None:
    """Holds a sheet of tiles ready in the browser: "originals", "answers" or "plane", the latter from the top left.

    As a hidden picture it is fetched beside the page; within a component's data it would hold up the map.
    """
    with st.container(key=f"sheet-{name}"):
        # Without the format it would become a JPEG.
        st.image(png, width=WIDEST, output_format="PNG", alt=f"Sheet of tiles: {name}")


def probe(
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
    on_choice: Callable[[], None],
) -> None:
    """Shows pictures of the point under the pointer on the Plotly chart of key `chart`, and what its plane decodes to.

    The pictures are those of the sheets "originals" and "answers", `columns` in a row, each `tile` = (height, width)
    pixels; a point's `customdata` is its number there. `first` is shown before anything is pointed at. A click puts a
    number into the session under `key` as `pinned` and calls `on_pin`; box and lasso put the numbers of their points
    there as `chosen` and call `on_choice`. `marks` are drawn over the chart.
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
    _component(key=key, data=data, on_pinned_change=on_pin, on_chosen_change=on_choice)
