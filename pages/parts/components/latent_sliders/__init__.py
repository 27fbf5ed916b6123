"""A slider for each dimension of a code; the server receives the values while a slider moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.latent.sliders import LatentSliders
from pages.parts.components import load

_component = load("latent_sliders")


def latent_sliders(
    key: str,
    code_id: str,
    sliders: LatentSliders,
    code: Tensor,
    notes: Mapping[int, str],
    position: list[float],
    axes: Tensor | None,
) -> dict[int, float]:
    """Show sliders at a code (D,), and return the values that were moved, by dimension.

    Another `code_id` resets them. `notes` says of some dimensions why they have no effect. `position` is the code's
    point on a map and `axes` (2 or 3, D) are the map's; without axes a moved code has no point there.
    """
    order = list(sliders.order)
    values = sliders.values(code)
    moved = _moved((st.session_state.get(key) or {}).get("moved"), code_id, len(order))
    label = "Entry at each place" if sliders.discrete else "Every number of the code"
    data: dict[str, Any] = {
        "id": code_id,
        "dimensions": order,
        "names": [sliders.names[i] for i in order],
        "notes": [notes.get(i) for i in order],
        "low": sliders.low[order].tolist(),
        "high": sliders.high[order].tolist(),
        "values": values[order].tolist(),
        "moved": {str(i): value for i, value in moved.items()},
        "integer": sliders.discrete,
        "label": f"{label}, what varies most first",
        "position": position,
        "axes": None if axes is None or sliders.discrete else axes[:, order].tolist(),
    }
    _component(key=key, data=data, on_moved_change=lambda: None)
    return moved


def _moved(sent: Any, code_id: str, count: int) -> dict[int, float]:
    """What the browser sent, if it belongs to this code. Any client can send anything."""
    if not isinstance(sent, dict) or sent.get("id") != code_id or not isinstance(sent.get("values"), dict):
        return {}
    values = {int(i): value for i, value in sent["values"].items() if str(i).isdecimal() and int(i) < count}
    return {i: float(v) for i, v in values.items() if isinstance(v, int | float) and math.isfinite(v)}
