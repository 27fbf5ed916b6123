"""Replay: a slider over a run's snapshots that is answered in the browser, without a question to the server."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.shell.frame import component

HTML = """
<div class="replay" role="group" aria-label="Replay of the training">
  <div class="bar">
    <button type="button" class="play"></button>
    <input class="slider" type="range" min="0" step="1" aria-label="Moment of the training">
  </div>
  <p class="moment"></p>
  <figure>
    <span class="label">original</span>
    <canvas class="original" role="img" aria-label="Original pictures"></canvas>
    <span class="label given-label">noisy</span>
    <canvas class="given" role="img" aria-label="The same pictures with noise, as the model is given them"></canvas>
    <span class="label">reconstruction</span>
    <canvas class="copy" role="img" aria-label="Reconstructions"></canvas>
  </figure>
</div>
"""

_component = component("replay", HTML, "controls.js", "tiles.js")


def replay(
    sheet_png: bytes,
    rows: Sequence[str],
    columns: int,
    tile: tuple[int, int],
    moments: Sequence[Mapping[str, Any]],
    unit: str,
    key: str,
    chart: str,
) -> None:
    """Shows the snapshots of one run; starts at the last.

    `sheet_png` is one picture of tiles without gaps, each `tile` = (height, width) pixels: first the `rows` that stay,
    "original" and perhaps "noisy", then a row of reconstructions for each of `moments` = {step, epoch, train,
    validation}, whose losses may be None and are in `unit`. `key` names the run: the same key with more snapshots keeps
    the place of the slider.
    `chart` is the key of a Plotly chart over epochs, on which a line marks the moment.
    """
    if not moments:
        return
    _component(
        key=f"replay-{key}",
        data={
            "id": key,
            "chart": chart,
            "sheet": "data:image/png;base64," + base64.b64encode(sheet_png).decode("ascii"),
            "rows": list(rows),
            "columns": columns,
            "tile": list(tile),
            "moments": [
                {
                    "step": int(m["step"]),
                    "epoch": float(m["epoch"]),
                    "train": _finite(m.get("train")),
                    "validation": _finite(m.get("validation")),
                }
                for m in moments
            ],
            "unit": unit,
        },
    )


def _finite(value: float | None) -> float | None:
    """JSON knows no NaN."""
    return float(value) if value is not None and math.isfinite(value) else None
