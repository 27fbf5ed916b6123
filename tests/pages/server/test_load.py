"""How often browsers may ask for live views: it follows the number of viewers and the lag of the server."""

from __future__ import annotations

import asyncio
import time

import pytest

from pages.parts.server import load


def poll(measured: load.Load, viewers: int, seconds: float, start: float = 0.0) -> float:
    """Let viewers ask as often as they may; the last interval that one of them got."""
    due = [start + i / viewers for i in range(viewers)]
    interval = 0.0
    while min(due) < start + seconds:
        i = due.index(min(due))
        interval = measured.interval("training", due[i])
        due[i] += interval
    return interval


@pytest.mark.parametrize(
    ("viewers", "shortest", "longest"), [(1, 0.4, 0.4), (10, 0.4, 0.4), (30, 0.8, 1.0), (60, 1.5, 2.0), (400, 5.0, 5.0)]
)
def test_intervals_follow_the_number_of_viewers_and_recover(viewers: int, shortest: float, longest: float) -> None:
    measured = load.Load()
    assert shortest <= poll(measured, viewers, 30.0) <= longest
    assert poll(measured, 1, 10.0, start=40.0) == 0.4


@pytest.mark.parametrize(
    ("status", "interval"),
    [(load.STARTING, 0.2), ("training", 0.4), (load.STEADY, 1.0), ("queued", 1.0), ("finished", 3.0), ("failed", 3.0)],
)
def test_intervals_of_a_calm_server(status: str, interval: float) -> None:
    assert load.Load().interval(status, 0.0) == interval


def test_intervals_follow_the_lag_and_recover() -> None:
    measured = load.Load()
    for _ in range(40):
        measured.record_lag(0.3)
    assert measured.interval("training", 0.0) == 3.0
    measured.record_lag(60.0)  # silent for a minute
    assert measured.interval("training", 0.0) == 5.0
    for _ in range(80):
        measured.record_lag(0.0)
    assert measured.interval("training", 0.0) == 0.4


def test_the_lag_of_the_event_loop_is_measured() -> None:
    measured = load.Load()

    async def block() -> None:
        measuring = asyncio.create_task(load.measure(measured))
        while not measured.lag:
            await asyncio.sleep(0.01)
            time.sleep(0.05)  # a script that holds up the loop
        measuring.cancel()

    asyncio.run(asyncio.wait_for(block(), 20))
    assert measured.lag > 0
