"""A slider for each latent dimension, or for the codebook entry at each position; values arrive while one moves."""

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
    """Show sliders at the values of a code.

    Args:
        key: the component's key.
        code_id: an id of the code; another one resets the sliders.
        sliders: the sliders' names, ranges and order.
        code: (D,).
        notes: by dimension, why a slider has no effect.
        position: the code's point on the map.
        axes: (2 or 3, D), the map's axes in latent space; None if it has none, so that a moved code has no position.

    Returns:
        The moved values, by dimension.
    """
    order = list(sliders.order)
    values = sliders.values(code)
    moved = _moved((st.session_state.get(key) or {}).get("moved"), code_id, len(order))
    label = (
        "Codebook entry at each position, highest entropy first"
        if sliders.discrete
        else "All latent dimensions, most variable first"
    )
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
        "label": label,
        "position": position,
        "axes": None if axes is None or sliders.discrete else axes[:, order].tolist(),
    }
    _component(key=key, data=data, on_moved_change=lambda: None)
    return moved


def _moved(sent: Any, code_id: str, count: int) -> dict[int, float]:
    """The valid values that the browser sent for this code; any client can send anything."""
    if not isinstance(sent, dict) or sent.get("id") != code_id or not isinstance(sent.get("values"), dict):
        return {}
    values = {int(i): value for i, value in sent["values"].items() if str(i).isdecimal() and int(i) < count}
    return {i: float(v) for i, v in values.items() if isinstance(v, int | float) and math.isfinite(v)}
