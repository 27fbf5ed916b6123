"""Cells of the benchmarks' tables."""

from __future__ import annotations

import pytest

from benchmarks.tables import header, mean_and_spread, row


@pytest.mark.parametrize(
    ("values", "digits", "expected"),
    [
        ([1.0, 2.0, 3.0], 1, "2.0 ± 1.0"),
        ([1.0], 2, "1.00"),
        ([0.5, 0.5], 1, "0.5"),
        ([20000, 20002], 0, "20,001 ± 1"),
        ([1.0, float("nan")], 1, ""),
        ([], 1, ""),
    ],
)
def test_mean_and_spread(values: list[float], digits: int, expected: str) -> None:
    assert mean_and_spread(values, digits) == expected


def test_a_table_in_markdown() -> None:
    assert header(["a", "b", "c"]) == "| a | b | c |\n| --- | ---: | ---: |"
    assert header(["a", "b"], texts=2) == "| a | b |\n| --- | --- |"
    assert row(["a", "1", ""]) == "| a | 1 |  |"
