"""Cells of the tables that benchmarks print as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mean_and_spread(values: Sequence[float], digits: int) -> str:
    """Return mean ± sample standard deviation; the mean alone if the values are equal, and nothing without values."""
    if not len(values) or np.isnan(values).any():
        return ""
    mean = f"{np.mean(values):,.{digits}f}"
    return mean if len(set(values)) == 1 else f"{mean} ± {np.std(values, ddof=1):,.{digits}f}"


def header(columns: Sequence[str], texts: int = 1) -> str:
    """Return the first two lines of a table whose first columns are text and whose others are numbers."""
    return f"| {' | '.join(columns)} |\n|{' --- |' * texts}{' ---: |' * (len(columns) - texts)}"


def row(cells: Sequence[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"
