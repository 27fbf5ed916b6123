"""How the compared runs are called: a letter, which is the same in every section, and their names."""

from __future__ import annotations

from collections.abc import Sequence

from aecore.runs.listing import Entry
from pages.parts.shell import text


def label(index: int) -> str:
    """The letter of the run at that position: A, B, C or D."""
    return "ABCD"[index]


def names(entries: Sequence[Entry]) -> list[str]:
    """The runs' names, each different."""
    return list(text.unique_labels({entry.run.id: entry.state.name for entry in entries}).values())
