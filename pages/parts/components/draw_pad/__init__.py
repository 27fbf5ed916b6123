"""A canvas for mouse, pen or finger; the drawing reaches the server while the pen moves."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import streamlit as st

from pages.parts.components import load
from pages.parts.shell import session

_component = load("draw_pad")


def draw_pad(key: str) -> None:
    """Draw the canvas, with the drawing that was made so far on any page."""
    _component(
        key=key,
        data={"strokes": _drawing().get("strokes", [])},
        on_drawing_change=lambda: _store(key),
    )


def drawing_png() -> bytes | None:
    """The drawing as PNG; None while the canvas is empty."""
    try:
        return base64.b64decode(_drawing().get("picture", ""), validate=True) or None
    except (binascii.Error, ValueError, TypeError):
        return None  # a client can send anything


def _drawing() -> dict[str, Any]:
    drawing = session.DRAWING.get()
    return drawing if isinstance(drawing, dict) else {}


def _store(key: str) -> None:
    drawing = st.session_state[key].get("drawing")
    if isinstance(drawing, dict):
        session.DRAWING.set(drawing)
