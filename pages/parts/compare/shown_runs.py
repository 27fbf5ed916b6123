"""How the compared runs are called: a letter, which is the same in every section, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from aecore.data import Dataset
from aecore.errors import UnreadableRun
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.shell import text


def label(index: int) -> str:
    """The letter of the run at that position: A, B, C or D."""
    return "ABCD"[index]


def names(entries: Sequence[Entry]) -> list[str]:
    """The runs' names, each different."""
    return list(text.unique_labels({entry.run.id: entry.state.name for entry in entries}).values())


def shape(dataset: Dataset) -> str:
    """The shape of an input: "1 × 28 × 28"."""
    return " × ".join(map(str, dataset.input_shape))


def is_training(run: Run) -> bool:
    """Whether a run is queued or in training; not if it was deleted since the page was drawn."""
    with suppress(UnreadableRun):
        return run.state().active
    return False
