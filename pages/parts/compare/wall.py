"""The wall: the reconstructions of the same test images by all runs, at the same moment of their trainings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from aecore.images import Pixels, tile, to_pixels, to_png, to_rgb
from aecore.runs.comparison.images import mean_squared_errors, shared_examples
from aecore.runs.comparison.timeline import AXES, Moment, align, moments, thinned
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.compare.shown_runs import label, names
from pages.parts.components.comparison_wall import RunRow, comparison_wall
from pages.parts.shell import errors, text

MAX_PIXELS = 3_000_000  # of the sheet of all images, which the browser loads with the page
MAX_SNAPSHOTS = 60  # of each run


@errors.fragment("The images")
def wall(entries: Sequence[Entry]) -> None:
    """Draw the runs' snapshots with one slider, or say why they cannot be compared."""
    shown = [entry for entry in entries if entry.run.snapshot_steps() and entry.run.examples()]
    for entry in entries:
        if entry not in shown:
            text.info(f"“{entry.state.name}” has no images yet, or they are damaged.")
    if not shown:
        return
    originals = [_originals(entry.run) for entry in shown]
    shared = shared_examples(originals)
    count = len(shared[0])
    if not count:
        text.info(
            f"These runs have no test image in common: {_datasets(shown)}. Choose runs on the same data to compare "
            "their images. Their curves and scores are in the other sections."
        )
        return
    if any(count < len(images) for images in originals):
        numbers = ", ".join(str(i + 1) for i in shared[0])
        text.info(f"The runs use different data ({_datasets(shown)}) and share {count} images: {numbers} of run A.")
    key = tuple((entry.run.id, tuple(entry.run.snapshot_steps())) for entry in shown)
    sheet, size, rows = _sheet(key, shown, shared)
    if not all(row.snapshots for row in rows):
        text.info("The snapshots of a run are damaged. Remove it from the comparison.")
        return
    stops = {
        axis: [
            {"value": stop.value, "shown": stop.shown}
            for stop in align([[getattr(moment, axis) for moment in row.moments] for row in rows])
        ]
        for axis in AXES
    }
    unit, is_image = shown[0].config.dataset.unit, shown[0].config.has_images
    comparison_wall("-".join(entry.run.id for entry in shown), sheet, count, size, rows, AXES, stops, unit, is_image)


def _originals(run: Run) -> Tensor:
    examples = run.examples()
    assert examples is not None
    return examples.originals


def _datasets(entries: Sequence[Entry]) -> str:
    return ", ".join(f"{label(i)} {entry.config.dataset.title}" for i, entry in enumerate(entries))


@st.cache_data(max_entries=8, show_spinner="Reading the snapshots …")
def _sheet(
    key: object, _entries: Sequence[Entry], _shared: Sequence[Sequence[int]]
) -> tuple[bytes, tuple[int, int], list[RunRow]]:
    """PNG of all tiles, a row for the originals and one for each snapshot; tile size (H, W); and the runs' rows."""
    first = _originals(_entries[0].run)[list(_shared[0])]
    fixed = to_pixels(first)
    count, height, width, _ = fixed.shape
    most = max(2, min(MAX_SNAPSHOTS, MAX_PIXELS // (fixed[..., 0].size * len(_entries))))
    images: list[Pixels] = [fixed]
    rows: list[RunRow] = []
    for entry, name, indices in zip(_entries, names(_entries), _shared, strict=True):
        pixels, steps, errors_of = _snapshots(entry.run, first, list(indices), most)
        rows.append(_row(entry, name, sum(map(len, images)) // count, steps, errors_of))
        images += pixels
    in_color = any(part.shape[3] == 3 for part in images)
    sheet = np.concatenate([to_rgb(part) if in_color else part for part in images])
    return to_png(tile(sheet, count)), (height, width), rows


def _snapshots(
    run: Run, originals: Tensor, indices: list[int], most: int
) -> tuple[list[Pixels], list[int], list[list[float]]]:
    """Images, step and errors of at most so many snapshots; damaged and removed ones are left out."""
    pixels, steps, errors_of = [], [], []
    for step in thinned(run.snapshot_steps(), most):
        with suppress(OSError, ValueError, KeyError, IndexError):
            reconstructions = run.snapshot(step).reconstructions[indices]
            errors_of.append(mean_squared_errors(originals, reconstructions))
            pixels.append(to_pixels(reconstructions))
            steps.append(step)
    return pixels, steps, errors_of


def _row(entry: Entry, name: str, first: int, steps: list[int], errors_of: Sequence[Sequence[float]]) -> RunRow:
    located: list[Moment] = moments(entry.run.metrics(), steps, entry.config.dataset.training_images)
    snapshots: list[dict[str, Any]] = [
        {**vars(moment), "errors": [round(error, 5) for error in values]}
        for moment, values in zip(located, errors_of, strict=True)
    ]
    note = "" if entry.config.corruption.does_nothing else "noisy input"
    return RunRow(name, note, first, located, snapshots)
