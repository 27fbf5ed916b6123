"""Sliders for everything in a code that can be turned; the server hears of each while it is dragged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.latent.sliders import LatentSliders
from pages.parts.shell.frame import component

HTML = """
<div class="dials" role="group" aria-label="The code under sliders">
  <div class="bar"><p class="told"></p><button type="button">Reset</button></div>
  <div class="all" tabindex="-1"></div>
</div>
"""

_component = component("dials", HTML)


def turning(
    key: str,
    name: str,
    dials: LatentSliders,
    code: Tensor,
    notes: Mapping[int, str],
    place: list[float],
    axes: Tensor | None,
) -> dict[int, float]:
    """Shows the dials at a code (D,), and gives those that were moved since, by number.

    A new `name` begins anew. `notes` says of some dials that they do nothing. `place` is where the code lies on a map,
    and `axes` (2 or 3, D) are the map's; without them nothing moves there.
    """
    order = list(dials.order)
    start = dials.values(code)
    moved = _moved((st.session_state.get(key) or {}).get("turned"), name, len(order))
    told = "Entry at each place" if dials.discrete else "Every number of the code"
    data: dict[str, Any] = {
        "id": name,
        "numbers": order,
        "names": [dials.names[i] for i in order],
        "notes": [notes.get(i) for i in order],
        "low": dials.low[order].tolist(),
        "high": dials.high[order].tolist(),
        "start": start[order].tolist(),
        "moved": {str(i): value for i, value in moved.items()},
        "whole": dials.discrete,
        "told": f"{told}, what varies most first",
        "place": place,
        "axes": None if axes is None or dials.discrete else axes[:, order].tolist(),
    }
    _component(key=key, data=data, on_turned_change=lambda: None)
    return moved


def _moved(sent: Any, name: str, count: int) -> dict[int, float]:
    """What the browser told, if it is of this code; anyone can talk to a server."""
    if not isinstance(sent, dict) or sent.get("id") != name or not isinstance(sent.get("moved"), dict):
        return {}
    moved = {int(i): value for i, value in sent["moved"].items() if str(i).isdecimal() and int(i) < count}
    return {i: float(v) for i, v in moved.items() if isinstance(v, int | float) and math.isfinite(v)}
