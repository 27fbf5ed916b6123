"""The Markdown table of the measurements."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.classroom.report import spread

HEAD = "| act | shown | idle, ms | while a training runs, ms | target, ms |\n|---|---|---|---|---|"
LEGEND = "Median / 95th percentile of {count} repetitions, and of {starts} starts."


def row(
    name: str, waits_for: str, idle: Sequence[float], busy: Sequence[float], target: tuple[float | None, float | None]
) -> str:
    """A row of times; `target`: of the median while idle, and of the 95th percentile while a training runs."""
    wanted = " / ".join("–" if limit is None else f"{limit:,.0f}" for limit in target)
    return f"| {name} | {waits_for} | {_times(idle)} | {_times(busy)} | {wanted} |"


def slowdown_row(speeds: Sequence[tuple[float, float]], batch: int) -> str:
    """A row of the speeds of a training without and with a browser that shows it."""
    alone, watched = (median(side) * batch for side in zip(*speeds, strict=True))
    lost = median(1 - with_browser / without for without, with_browser in speeds)
    return (
        f"| watch a training | its live view; images/s without and with a browser | – | {alone:,.0f} / {watched:,.0f} "
        f"({lost:.1%} slower) | < 10% slower |"
    )


def _times(values: Sequence[float]) -> str:
    if not values:
        return "–"
    times = spread(values)
    return f"{times['p50']:,.0f} / {times['p95']:,.0f}"
