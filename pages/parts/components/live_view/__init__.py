"""The progress of a training and its example images, read by the browser."""

from __future__ import annotations

from collections.abc import Sequence

from pages.parts.components import load

_component = load("live_view")


def live_view(run_id: str, rows: Sequence[str], columns: int, tile: tuple[int, int]) -> None:
    """Show a progress bar and rows of images; until there are any, their places.

    Args:
        run_id: the run.
        rows: labels of the expected rows: "original", perhaps "noisy", "reconstruction".
        columns: images in a row.
        tile: height and width of an image in pixels.
    """
    data = {"live": run_id, "rows": list(rows), "columns": columns, "tile": list(tile)}
    _component(key=f"live-view-{run_id}", data=data)
