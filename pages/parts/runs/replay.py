"""The replay of a run: its snapshots as one picture for the browser."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import Any

import numpy as np
import streamlit as st

from aecore.images import Pixels, tile, to_pixels, to_png
from aecore.runs.run import Run
from pages.parts.components.replay_player import replay_player
from pages.parts.runs.loss_chart import unit


def replay_of(run: Run, chart: str) -> None:
    """A slider over the run's snapshots: reconstructions, and the moment marked on the chart of that key."""
    steps = run.snapshot_steps()
    if steps:
        sheet, rows, columns, tile_size, moments = _sheet(run.id, tuple(steps), run)
        replay_player(sheet, rows, columns, tile_size, moments, unit(run.config()), run.id, chart)


@st.cache_data(max_entries=8, show_spinner=False)
def _sheet(
    run_id: str, steps: tuple[int, ...], _run: Run
) -> tuple[bytes, list[str], int, tuple[int, int], list[dict[str, Any]]]:
    examples = _run.examples()
    assert examples is not None
    fixed = {"original": to_pixels(examples.originals)}
    if examples.noisy is not None:
        fixed["noisy"] = to_pixels(examples.noisy)
    rows: dict[int, Pixels] = {}
    for step in steps:
        with suppress(OSError, ValueError, KeyError):  # a damaged or vanished snapshot is left out
            rows[step] = to_pixels(_run.snapshot(step).reconstructions)
    count, height, width, _ = fixed["original"].shape
    sheet = to_png(tile(np.concatenate([*fixed.values(), *rows.values()]), count))
    return sheet, list(fixed), count, (height, width), moments_of(_run.metrics(), tuple(rows))


def moments_of(records: list[dict[str, Any]], steps: tuple[int, ...]) -> list[dict[str, Any]]:
    """The losses as they stood at each snapshot: the last ones recorded by then."""
    moments: list[dict[str, Any]] = []
    last: dict[str, Any] = {"epoch": 0.0, "train": None, "validation": None}
    # At the same step the record comes before the snapshot.
    events = sorted(chain(((r["step"], 0, r) for r in records), ((s, 1, {}) for s in steps)), key=lambda e: e[:2])
    for step, is_snapshot, record in events:
        if is_snapshot:
            moments.append({**last, "step": step})
        else:
            last = {
                "epoch": record["epoch"],
                "train": record["train"]["loss"],
                "validation": record.get("validation", {}).get("loss", last["validation"]),
            }
    return moments
