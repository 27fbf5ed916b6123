"""The short texts under a page: what you see, and what to try. They are Markdown files in assets/lessons."""

from __future__ import annotations

import streamlit as st

from pages.parts.shell import frame

TRY = "\n#### Try this"


def lesson(name: str) -> None:
    """Two columns: the file's text up to its second heading, and the rest."""
    seen, tried = frame.text(f"{name}.md").split(TRY, 1)
    left, right = st.columns(2, gap="large")
    left.markdown(seen)
    right.markdown(TRY + tried)
