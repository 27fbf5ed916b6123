"""Texts on a page: escaping, messages about problems, and the lessons in assets/lessons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.utils.one_line import one_line
from pages.parts.shell.paths import ASSETS

# Where Markdown sees a link, and Streamlit an icon or an arrow, although each character is escaped.
_REPLACED = re.compile(r"www(?=\.)|@|:(?=[\w/])|[-<>=~!](?=[-<>=])", re.IGNORECASE)
_TRY = "\n#### Try this"  # the heading of the second column


def escaped(text: str) -> str:
    """Escape a text for Markdown, in one line, so that it is shown as it is."""
    split = _REPLACED.sub("\\g<0>\u2060", one_line(text))  # an invisible word joiner prevents replacements
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~:$&" else c for c in split)


def unique_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by id; where several have the same, the id follows, because a browser tells options apart by label."""
    counts = Counter(labels.values())
    return {i: label if counts[label] == 1 else f"{label} ({i})" for i, label in labels.items()}


def problem(message: str) -> None:
    """Show an error message, small and red."""
    st.markdown(f":red[:small[:material/error: {escaped(message)}]]")


def info(message: str) -> None:
    """Show a caption with an information icon."""
    st.caption(f":material/info: {escaped(message)}")


def markdown(name: str) -> str:
    """Read a file in assets/lessons."""
    return (ASSETS / "lessons" / name).read_text(encoding="utf-8")


def lesson(name: str, config: RunConfig | None) -> None:
    """Show the lesson of a page in two columns: what you see, and what to try.

    Args:
        name: of the lesson about digits. For other data there are `name-pictures` and `name-vectors`.
        config: of the run on the page.
    """
    if config and not config.dataset.shows_digits:
        name += "-pictures" if config.has_images else "-vectors"
    see, try_this = markdown(f"{name}.md").split(_TRY, 1)
    left, right = st.columns(2, gap="large")
    left.markdown(see)
    right.markdown(_TRY + try_this)
