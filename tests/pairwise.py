"""Pairwise test rows: every pair of values of two factors occurs, not every combination of all factors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product
from typing import Any

Row = tuple[Any, ...]


def pairwise(*factors: Sequence[Any], valid: Callable[..., bool] = lambda *values: True) -> list[Row]:
    """Choose rows, one value of each factor, so that every pair that occurs in a valid row occurs in a chosen one.

    Args:
        factors: the values of each factor.
        valid: whether a row may be used.
    """
    rows = [row for row in product(*factors) if valid(*row)]
    missing = {pair for row in rows for pair in _pairs(row)}
    chosen: list[Row] = []
    while missing:  # greedy: the row that covers the most missing pairs
        best = max(rows, key=lambda row: len(missing.intersection(_pairs(row))))
        missing.difference_update(_pairs(best))
        chosen.append(best)
    return chosen


def _pairs(row: Row) -> Iterable[tuple[tuple[int, Any], tuple[int, Any]]]:
    return combinations(enumerate(row), 2)
