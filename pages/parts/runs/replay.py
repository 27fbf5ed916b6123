"""The replay of a run: its snapshots as one image, which the browser shows step by step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

import numpy as np
import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.images import Pixels, tile, to_pixels, to_png
from aecore.runs.run import Examples, Run
from pages.parts.components.replay_player import replay_player
from pages.parts.runs.loss_chart import loss_unit


def replay(run: Run, config: RunConfig, records: Sequence[dict[str, Any]], examples: Examples) -> None:
    """Show a slider over the run's snapshots with the reconstructions of each.

    Args:
        run: the run.
        config: its settings.
        records: its metrics.
        examples: its example images.
    """
    steps = run.snapshot_steps()
    if steps:
        sheet, rows, columns, tile_size, losses = _sheet(run.id, tuple(steps), run, records, examples)
        replay_player(sheet, rows, columns, tile_size, losses, loss_unit(config), run.id)


@st.cache_data(max_entries=8, show_spinner=False)
def _sheet(
    run_id: str, steps: tuple[int, ...], _run: Run, _records: Sequence[dict[str, Any]], _examples: Examples
) -> tuple[bytes, list[str], int, tuple[int, int], list[dict[str, Any]]]:
    """PNG of all tiles, labels of its first rows, number of columns, tile size (H, W), and the losses by snapshot."""
    fixed = {"original": to_pixels(_examples.originals)}
    if _examples.noisy is not None:
        fixed["noisy"] = to_pixels(_examples.noisy)
    reconstructions: dict[int, Pixels] = {}
    for step in steps:
        with suppress(OSError, ValueError, KeyError):  # skip a damaged or removed snapshot
            reconstructions[step] = to_pixels(_run.snapshot(step).reconstructions)
    count, height, width, _ = fixed["original"].shape
    sheet = to_png(tile(np.concatenate([*fixed.values(), *reconstructions.values()]), count))
    return sheet, list(fixed), count, (height, width), losses_at(_records, tuple(reconstructions))


def losses_at(records: Sequence[dict[str, Any]], steps: tuple[int, ...]) -> list[dict[str, Any]]:
    """The last losses recorded up to each of `steps`: {step, epoch, train, validation}, None where there are none."""
    losses: list[dict[str, Any]] = []
    last: dict[str, Any] = {"epoch": 0.0, "train": None, "validation": None}
    # The record of a step comes before its snapshot.
    events = sorted(chain(((r["step"], 0, r) for r in records), ((s, 1, {}) for s in steps)), key=lambda e: e[:2])
    for step, is_snapshot, record in events:
        if is_snapshot:
            losses.append({**last, "step": step})
        else:
            last = {
                "epoch": record["epoch"],
                "train": record["train"]["loss"],
                "validation": record.get("validation", {}).get("loss", last["validation"]),
            }
    return losses
