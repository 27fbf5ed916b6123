"""The wall: the reconstructions of the same test images by all runs, at the same moment of their trainings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from aecore.images import Pixels, tile, to_pixels, to_png, to_rgb
from aecore.runs.comparison.images import shared_examples
from aecore.runs.comparison.timeline import AXES, thinned
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.compare.shown_runs import is_training, label, names, shape
from pages.parts.components.comparison_wall import RunRow, comparison_wall
from pages.parts.runs.snapshots import MAX_SNAPSHOTS, read_snapshots
from pages.parts.shell import errors, text

MAX_PIXELS = 3_000_000  # of the sheet of all images, which the browser loads with the page


@errors.fragment("The images")
def wall(entries: Sequence[Entry]) -> None:
    """Draw the runs' snapshots with one slider, or say why they cannot be compared."""
    shown = _sharing_images(_with_images(entries))
    if not shown:
        return
    originals = [_originals(entry.run) for entry in shown.values()]
    shared = shared_examples(originals)
    count = len(shared[0])
    if not count:
        _say_that_none_is_shared(shown)
        return
    if any(count < len(images) for images in originals):
        first = label(next(iter(shown)))
        numbers = ", ".join(str(i + 1) for i in shared[0])
        text.info(
            f"The runs use different data ({_datasets(shown)}) and share {count} images: {numbers} of run {first}."
        )
    runs = [entry.run for entry in shown.values()]
    key = tuple((run.id, tuple(run.snapshot_steps())) for run in runs)
    sheet, size, snapshots = _sheet(key, runs, shared)
    if not all(of_run for _, of_run in snapshots):
        text.info("The snapshots of a run are damaged. Remove it from the comparison.")
        return
    all_names = names(entries)
    rows = [
        _row(i, all_names[i], entry, first, of_run, indices)
        for (i, entry), (first, of_run), indices in zip(shown.items(), snapshots, shared, strict=True)
    ]
    config = entries[next(iter(shown))].config
    comparison_wall(
        "-".join(run.id for run in runs), sheet, count, size, rows, AXES, config.dataset.unit, config.has_images
    )


def _with_images(entries: Sequence[Entry]) -> dict[int, Entry]:
    """The runs that have images, by their numbers; the others are named."""
    shown = {i: entry for i, entry in enumerate(entries) if _has_images(entry.run)}
    others = [entry for i, entry in enumerate(entries) if i not in shown]
    waiting = [entry.run for entry in others if is_training(entry.run)]
    if waiting:
        _await_images(waiting)
    for entry in others:
        is_coming = entry.run in waiting
        why = ". They appear here after its first steps" if is_coming else ", or they are damaged"
        text.info(f"“{entry.state.name}” has no images yet{why}.")
    return shown


def _sharing_images(entries: dict[int, Entry]) -> dict[int, Entry]:
    """The first run that shares images with another one, and all that do with it; the others are named."""
    if len(entries) < 2:
        return entries
    for first, entry in entries.items():
        originals = _originals(entry.run)
        alike = {i: e for i, e in entries.items() if shared_examples([originals, _originals(e.run)])[0]}
        if len(alike) > 1:
            if others := {i: e for i, e in entries.items() if i not in alike}:
                text.info(f"Left out, without a test image in common with {label(first)}: {_datasets(others)}.")
            return alike
    _say_that_none_is_shared(entries)
    return {}


def _say_that_none_is_shared(entries: dict[int, Entry]) -> None:
    text.info(
        f"These runs have no test image in common: {_datasets(entries)}. Choose runs on the same data to compare "
        "their images. Their curves and scores are in the other sections."
    )


def _has_images(run: Run) -> bool:
    return bool(run.snapshot_steps() and run.examples())


@errors.fragment("The images", run_every=1.0)
def _await_images(waiting: Sequence[Run]) -> None:
    """Draw the page again once a run that has begun has its first images."""
    if any(map(_has_images, waiting)):
        st.rerun()


def _originals(run: Run) -> Tensor:
    examples = run.examples()
    assert examples is not None
    return examples.originals


def _datasets(shown: dict[int, Entry]) -> str:
    return ", ".join(f"{label(i)} {e.config.dataset.title} ({shape(e.config.dataset)})" for i, e in shown.items())


def _row(
    number: int, name: str, entry: Entry, first: int, snapshots: Sequence[dict[str, Any]], indices: Sequence[int]
) -> RunRow:
    note = "" if entry.config.corruption.does_nothing else "noisy input"
    live = entry.run.id if is_training(entry.run) else None
    return RunRow(number, name, note, first, snapshots, indices, live)


@st.cache_data(max_entries=8, show_spinner="Reading the snapshots …")
def _sheet(
    key: object, _runs: Sequence[Run], _shared: Sequence[Sequence[int]]
) -> tuple[bytes, tuple[int, int], list[tuple[int, list[dict[str, Any]]]]]:
    """PNG of all tiles, a row for the originals and one for each snapshot; tile size (H, W).

    And for each run its first row of the sheet, and its snapshots.
    """
    fixed = to_pixels(_originals(_runs[0])[list(_shared[0])])
    count, height, width, _ = fixed.shape
    most = max(2, min(MAX_SNAPSHOTS, MAX_PIXELS // (fixed[..., 0].size * len(_runs))))
    images: list[Pixels] = [fixed]
    rows = []
    for run, indices in zip(_runs, _shared, strict=True):
        pixels, snapshots = read_snapshots(run, thinned(run.snapshot_steps(), most), indices)
        rows.append((len(images), snapshots))
        images += pixels
    in_color = any(part.shape[3] == 3 for part in images)
    sheet = np.concatenate([to_rgb(part) if in_color else part for part in images])
    return to_png(tile(sheet, count)), (height, width), rows
