"""Pictures as HTML: hard pixel edges, alt text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import streamlit as st

from aecore.images import Pixels, to_png


def img(picture: Pixels, alt: str, style: str = "width:100%") -> str:
    """An `<img>` of a picture (H, W, C)."""
    encoded = base64.b64encode(to_png(picture)).decode()
    return f'<img class="pixels" alt="{escape(alt)}" style="{style}" src="data:image/png;base64,{encoded}">'


def strips(rows: Sequence[tuple[str, Pixels]], what: str) -> None:
    """Rows of pictures (N, H, W, C) under each other, each with its label: originals over reconstructions."""
    cells = ""
    for label, pictures in rows:
        cells += f'<div class="strip-label">{escape(label)}</div>'
        cells += "".join(img(picture, f"{label} {i + 1} of {what}") for i, picture in enumerate(pictures))
    st.html(f'<div class="strips">{cells}</div>')
