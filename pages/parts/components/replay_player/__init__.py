"""A slider over a run's snapshots that runs in the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.components import data_url, load

_component = load("replay_player")


def replay_player(
    sheet_png: bytes,
    rows: Sequence[str],
    columns: int,
    tile: tuple[int, int],
    snapshots: Sequence[Mapping[str, Any]],
    unit: str,
    key: str,
) -> None:
    """Draw the snapshots of one run, the last one first.

    Args:
        sheet_png: all images as one PNG of tiles: the fixed `rows`, then the reconstructions of each snapshot.
        rows: the labels of the fixed rows: "original", and "noisy" if the run has a corruption.
        columns: images in a row.
        tile: height and width of an image in pixels.
        snapshots: for each its step, epoch, and training and validation loss, which may be None.
        unit: unit of the losses.
        key: names the run. The same key with more snapshots keeps the slider's position.
    """
    if not snapshots:
        return
    _component(
        key=f"replay-player-{key}",
        data={
            "id": key,
            "sheet": data_url(sheet_png),
            "rows": list(rows),
            "columns": columns,
            "tile": list(tile),
            "snapshots": [
                {
                    "step": int(snapshot["step"]),
                    "epoch": float(snapshot["epoch"]),
                    "train": _finite(snapshot.get("train")),
                    "validation": _finite(snapshot.get("validation")),
                }
                for snapshot in snapshots
            ],
            "unit": unit,
        },
    )


def _finite(value: float | None) -> float | None:
    """JSON has no NaN."""
    return float(value) if value is not None and math.isfinite(value) else None
