"""A slider over a run's snapshots, answered in the browser."""

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
    chart: str,
) -> None:
    """Show the snapshots of one run; start at the last.

    `sheet_png` is one picture of tiles without gaps, each `tile` = (height, width) pixels: first the fixed `rows`,
    "original" and perhaps "noisy", then a row of reconstructions for each of `snapshots` = {step, epoch, train,
    validation}, whose losses may be None and are in `unit`. `key` names the run: the same key with more snapshots
    keeps the slider's position. `chart` is the key of a Plotly chart over epochs, on which a line marks the snapshot.
    """
    if not snapshots:
        return
    _component(
        key=f"replay-player-{key}",
        data={
            "id": key,
            "chart": chart,
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
