"""Latent maps of several runs side by side, in which a test image is marked in all at once, drawn in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pages.parts.components import LETTER_STYLE, data_url, load

_component = load("linked_maps", LETTER_STYLE)


@dataclass(frozen=True)
class RunMap:
    """The map of one run."""

    number: int  # of the run on the page, from 0: its letter and color
    name: str
    title: str  # what the axes are
    points: Sequence[Sequence[float]]  # (N, 2) in [0, 1]
    sheet_png: bytes  # the reconstructions as tiles


def linked_maps(
    maps: Sequence[RunMap],
    originals_png: bytes,
    columns: int,
    tile: tuple[int, int],
    labels: Sequence[int],
    class_names: Sequence[str],
    shapes: Sequence[str],
    unit: str,
) -> None:
    """Draw the maps, and the marked test image with its reconstruction by each run.

    The number of the marked image is in the address: `test`.

    Args:
        maps: the maps, all of the same test images.
        originals_png: these images as tiles.
        columns: images per row of the sheets.
        tile: height and width of an image in pixels.
        labels: the class index of each image.
        class_names: the names of the classes; empty if there are none.
        shapes: the shape of the points of each class, repeated.
        unit: what an example is: "image".
    """
    data = {
        "maps": [
            {"number": m.number, "name": m.name, "title": m.title, "points": m.points, "sheet": data_url(m.sheet_png)}
            for m in maps
        ],
        "sheet": data_url(originals_png),
        "columns": columns,
        "tile": list(tile),
        "labels": list(labels),
        "names": list(class_names),
        "shapes": list(shapes),
        "unit": unit,
    }
    _component(key="linked-maps", data=data)
