"""A canvas to draw on with mouse, pen or finger; what is drawn arrives while the pen moves."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import streamlit as st

from pages.parts.shell.frame import component

HTML = """
<div class="draw" role="group" aria-label="Draw a picture">
  <canvas width="280" height="280" tabindex="0" role="img" aria-label="Canvas: draw with mouse, pen or finger"></canvas>
  <div class="bar">
    <label>Pen <input class="width" type="range" min="6" max="48" value="22" aria-label="Width of the pen"></label>
    <button type="button" class="undo">Undo</button>
    <button type="button" class="clear">Clear</button>
  </div>
</div>
"""

_KEPT = "drawing"  # in the session: the last drawing, so that it is on every page and survives leaving one
_component = component("draw", HTML)


def canvas(key: str) -> None:
    """The canvas, with what has been drawn so far on any page."""
    _component(
        key=key,
        data={"strokes": _drawing().get("strokes", [])},
        on_drawing_change=lambda: _keep(key),
    )


def drawn() -> bytes | None:
    """The drawing as PNG; None while the canvas is empty."""
    try:
        return base64.b64decode(_drawing().get("picture", ""), validate=True) or None
    except (binascii.Error, ValueError, TypeError):
        return None  # only the canvas sends it, but anyone can talk to a server


def _drawing() -> dict[str, Any]:
    kept = st.session_state.get(_KEPT)
    return kept if isinstance(kept, dict) else {}


def _keep(key: str) -> None:
    sent = st.session_state[key].get("drawing")
    if isinstance(sent, dict):
        st.session_state[_KEPT] = sent
