"""Cells of the tables that benchmarks print as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aecore.analysis.spread import Spread


def mean_and_spread(values: Sequence[float], digits: int) -> str:
    """Return mean ± sample standard deviation; the mean alone if the values are equal, and nothing without values."""
    if not values or any(map(math.isnan, values)):
        return ""
    spread = Spread.of(values)
    return f"{spread.mean:,.{digits}f}" + (f" ± {spread.std:,.{digits}f}" if spread.std else "")


def header(columns: Sequence[str], texts: int = 1) -> str:
    """Return the first two lines of a table whose first columns are text and whose others are numbers."""
    return f"| {' | '.join(columns)} |\n|{' --- |' * texts}{' ---: |' * (len(columns) - texts)}"


def row(cells: Sequence[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"
