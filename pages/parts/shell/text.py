"""Texts on a page: escaping, messages about problems, and the lessons in assets/lessons."""

from __future__ import annotations

import streamlit as st

from pages.parts.shell.paths import ASSETS

_TRY = "\n#### Try this"


def escaped(text: str) -> str:
    """A visitor's text, with nothing in it that Markdown interprets."""
    # Markdown turns bare addresses into links even so: an invisible word joiner splits what makes them one.
    parted = text.replace("://", ":\u2060//").replace("www.", "www\u2060.")
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~:$" else c for c in parted)


def problem(message: str) -> None:
    """Show what is wrong, at this place."""
    st.markdown(f":red[:small[:material/error: {escaped(message)}]]")


def info(message: str) -> None:
    """Show a caption with an information icon."""
    st.caption(f":material/info: {message}")


def markdown(name: str) -> str:
    """The content of a file in assets/lessons."""
    return (ASSETS / "lessons" / name).read_text(encoding="utf-8")


def lesson(name: str) -> None:
    """The lesson of a page in two columns: what you see, and what to try."""
    seen, tried = markdown(f"{name}.md").split(_TRY, 1)
    left, right = st.columns(2, gap="large")
    left.markdown(seen)
    right.markdown(_TRY + tried)
