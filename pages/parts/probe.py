"""What lies under the pointer on a map of codes, answered in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from pages.parts.frame import script

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

_component = st.components.v2.component(
    "autoencoder_lab_probe", html=HTML, css=script("probe.css"), js=script("probe.js")
)


_sheets = st.components.v2.component("autoencoder_lab_sheets", html="", css="", js=script("sheets.js"))


@dataclass(frozen=True)
class Plane:
    """Where on a map the pictures of a grid were decoded; `keep_plane` holds them ready under the same name."""

    name: str
    across: tuple[float, float]  # the map's first axis at the first and the last column
    down: tuple[float, float]  # its second axis at the first and the last row
    count: int


@dataclass(frozen=True)
class Mark:
    """Something drawn over a map of two axes: a named point, or a path if there are more."""

    name: str
    points: Sequence[Sequence[float]]


def keep_sheets(name: str, originals: str, answers: str, columns: int) -> None:
    """Holds two sheets (data URLs, `columns` tiles in a row) ready in the browser, under a name."""
    _sheets(key=f"sheets-{name}", data={"name": name, "originals": originals, "answers": answers, "columns": columns})


def keep_plane(name: str, sheet: str) -> None:
    """Holds the pictures of a plane ready in the browser: a data URL of count x count tiles, from the top left."""
    _sheets(key="sheets-plane", data={"name": name, "sheet": sheet})


def probe(
    key: str,
    chart: str,
    sheets: str,
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

    The pictures are those kept under the name `sheets`, each `tile` = (height, width) pixels; a point's `customdata`
    is its number there. A click puts that number into the session under `key` as `pinned` and calls `on_pin`. `first`
    is shown before anything is pointed at. Box and lasso put the numbers of their points there as `chosen`, and call
    `on_choice`. `marks` are drawn over the chart.
    """
    data: dict[str, Any] = {
        "chart": chart,
        "sheets": sheets,
        "tile": list(tile),
        "labels": list(labels),
        "names": list(names),
        "unit": unit,
        "first": first,
        "marks": [asdict(mark) for mark in marks],
        "plane": plane and asdict(plane),
    }
    _component(key=key, data=data, on_pinned_change=on_pin, on_chosen_change=on_choice)
