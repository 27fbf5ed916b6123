"""The snapshots of several runs with one slider for all, drawn in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from aecore.images import signed_to_color
from pages.parts.components import CHOICE_STYLE, LETTER_STYLE, data_url, load

_component = load("comparison_wall", CHOICE_STYLE, LETTER_STYLE)


@dataclass(frozen=True)
class RunRow:
    """One run of the wall."""

    number: int  # of the run on the page, from 0: its letter and color
    name: str
    note: str  # what its inputs were, if not the originals
    first: int  # row of the sheet with its first snapshot
    snapshots: Sequence[Mapping[str, Any]]  # for each its moment by axis, and its errors
    examples: Sequence[int]  # which of its own examples the columns show
    live: str | None  # its id, if the browser reads further snapshots from the server's route


def comparison_wall(
    key: str,
    sheet_png: bytes,
    columns: int,
    tile: tuple[int, int],
    runs: Sequence[RunRow],
    axes: Mapping[Any, str],
    unit: str,
    is_image: bool,
) -> None:
    """Draw the originals and one row of reconstructions for each run.

    The slider's position, axis, mode and the marked image are in the address: `at`, `axis`, `mode` and `image`.

    Args:
        key: names the runs.
        sheet_png: all images as one PNG of tiles: the originals, then the snapshots of each run.
        columns: images in a row.
        tile: height and width of an image in pixels.
        runs: the runs.
        axes: titles of the axes.
        unit: what an example is: "image".
        is_image: whether the errors are per pixel; otherwise per feature of a vector.
    """
    _component(
        key="comparison-wall",
        data={
            "id": key,
            "sheet": data_url(sheet_png),
            "columns": columns,
            "tile": list(tile),
            "runs": [asdict(run) for run in runs],
            "axes": dict(axes),
            "unit": unit,
            "per": "pixel" if is_image else "feature",
            "colors": _difference_colors(),
        },
    )


@cache
def _difference_colors() -> list[int]:
    """Red, green and blue for each difference of two pixels from -255 to 255, as `difference_image` colors them."""
    differences = np.arange(-255, 256)[None, :] / 255
    return [int(value) for value in signed_to_color(differences).flatten()]
