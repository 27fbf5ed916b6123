"""A training at full speed beside the measurements, and its speed while a browser shows it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.runs.store import Store
from benchmarks.pages.browser import Window
from benchmarks.pages.measures import end

STEPS = 1_000_000  # it is stopped before
SECONDS_TO_START = 60.0
SECONDS_TO_SETTLE = 2.0  # after a window was opened or closed
SECONDS_BETWEEN_LOOKS = 0.02
WATCHED = "timing.one('.gauges')?.textContent.includes('loss')"


def long_config(name: str, dataset: str) -> RunConfig:
    """A recipe with a length that it does not reach."""
    return recipe(name).changed(
        {"dataset.kind": dataset, "training.length.kind": "steps", "training.length.steps": STEPS}
    )


@contextmanager
def training(store: Store, config: RunConfig) -> Iterator[Run]:
    """Let the server train, from the first loss on until the block ends."""
    run = store.create(config, "Long training")
    deadline = time.monotonic() + SECONDS_TO_START
    while run.live() is None or not run.results("baseline"):  # PCA holds up the training once
        if time.monotonic() > deadline:
            raise RuntimeError("The training did not start.")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    try:
        yield run
    finally:
        end(run)


def slowdowns(browser: Browser, port: int, run: Run, rounds: int, seconds: float) -> Iterator[tuple[float, float]]:
    """Steps per second of a run without a browser that shows it, and with one, in turn."""
    for _ in range(rounds):
        yield _speed(run, seconds), _watched_speed(browser, port, run, seconds)


def _watched_speed(browser: Browser, port: int, run: Run, seconds: float) -> float:
    window = Window(browser, port)
    try:
        window.open(f"/train?run={run.id}", WATCHED)
        return _speed(run, seconds)
    finally:
        window.close()


def _speed(run: Run, seconds: float) -> float:
    time.sleep(SECONDS_TO_SETTLE)
    (first, began), (last, ended) = _position(run), (0, 0.0)
    while ended - began < seconds:
        last, ended = _position(run)
    return (last - first) / (ended - began)


def _position(run: Run) -> tuple[int, float]:
    """The step of the next report of the worker, and its time."""
    path = run.folder / "live.safetensors"
    before = os.stat(path).st_mtime_ns
    while (written := os.stat(path).st_mtime_ns) == before:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    live = run.live()
    assert live
    return int(live.metrics["step"]), written / 1e9
