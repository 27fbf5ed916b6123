"""Texts on a page: escaping, messages about problems, and the lessons in assets/lessons."""

from __future__ import annotations

import streamlit as st

from pages.parts.shell.paths import ASSETS

_TRY = "\n#### Try this"  # the heading of the second column


def escaped(text: str) -> str:
    """Escape a visitor's text for Markdown."""
    # Markdown also turns bare URLs into links; an invisible word joiner prevents that.
    split = text.replace("://", ":\u2060//").replace("www.", "www\u2060.")
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~:$" else c for c in split)


def problem(message: str) -> None:
    """Show an error message, small and red."""
    st.markdown(f":red[:small[:material/error: {escaped(message)}]]")


def info(message: str) -> None:
    """Show a caption with an information icon."""
    st.caption(f":material/info: {message}")


def markdown(name: str) -> str:
    """Read a file in assets/lessons."""
    return (ASSETS / "lessons" / name).read_text(encoding="utf-8")


def lesson(name: str) -> None:
    """Show the lesson of a page in two columns: what you see, and what to try."""
    see, try_this = markdown(f"{name}.md").split(_TRY, 1)
    left, right = st.columns(2, gap="large")
    left.markdown(see)
    right.markdown(_TRY + try_this)
