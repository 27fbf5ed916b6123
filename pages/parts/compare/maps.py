"""The latent maps of the compared runs: the same test images, placed by each run's codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from aecore.data import Dataset
from aecore.errors import DataUnavailable, Diverged, UnreadableRun
from aecore.images import tile, to_pixels, to_png
from aecore.latent.codes import encode_dataset, reconstructions
from aecore.latent.flat_map import flat_map
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.compare.shown_runs import is_training, label, names, shape
from pages.parts.components.linked_maps import RunMap, linked_maps
from pages.parts.latent.shapes import SHAPES
from pages.parts.shell import errors, resources, text

MAX_POINTS = 1000
MAX_PIXELS = 2_000_000  # of each sheet, which the browser loads with the page
COLUMNS = 50  # images per row of a sheet


@dataclass(frozen=True)
class _Encoded:
    """A run's map, as it is cached."""

    points: list[list[float]]
    title: str
    sheet_png: bytes


@errors.fragment("The maps")
def maps(entries: Sequence[Entry]) -> None:
    """Draw the maps of all runs that can encode the first run's test images."""
    if not entries:
        return
    dataset = entries[0].config.dataset
    shown: list[tuple[int, Entry]] = []
    for number, entry in enumerate(entries):
        if entry.config.dataset.input_shape == dataset.input_shape:
            shown.append((number, entry))
        else:
            text.info(
                f"Run {label(number)} takes inputs of another size ({shape(entry.config.dataset)}) than run A "
                f"({shape(dataset)}), so it cannot encode the same test {dataset.unit}s."
            )
    others = [label(number) for number, entry in shown if entry.config.dataset.kind != dataset.kind]
    if others:
        text.info(
            f"All maps show the test {dataset.unit}s of run A ({dataset.title}). Other data: {', '.join(others)}."
        )
    try:
        test = resources.data(dataset).test
    except DataUnavailable as error:
        text.info(str(error))
        return
    fixed = to_pixels(test.images[: _count(dataset, len(test))])
    drawn = []
    all_names = names(entries)
    waiting = [entry.run for _, entry in shown if entry.run.model_step() is None and is_training(entry.run)]
    if waiting:
        _await_weights(waiting)
    for number, entry in shown:
        if entry.run in waiting:
            text.info(f"{label(number)} has no weights yet. Its map appears after its first checkpoint.")
            continue
        try:
            found = _encoded(entry.run.id, entry.run.model_step(), dataset.model_dump_json(), entry.run, dataset)
        except (UnreadableRun, Diverged) as error:
            text.info(f"{label(number)}: {error}")
            continue
        drawn.append(RunMap(number, all_names[number], found.title, found.points, found.sheet_png))
    if drawn:
        class_names = resources.data(dataset).class_names
        linked_maps(
            drawn, _originals(dataset.model_dump_json(), len(fixed), dataset), COLUMNS, fixed.shape[1:3],
            test.labels[: len(fixed)].tolist(), class_names, SHAPES, dataset.unit,
        )  # fmt: skip


@errors.fragment("The maps", run_every=2.0)
def _await_weights(waiting: Sequence[Run]) -> None:
    """Draw the page again once a run that has begun has its first weights."""
    if any(run.model_step() is not None for run in waiting):
        st.rerun()


def _count(dataset: Dataset, available: int) -> int:
    pixels = to_pixels(resources.data(dataset).test.images[:1]).size
    return min(MAX_POINTS, available, max(1, MAX_PIXELS // pixels))


@st.cache_data(max_entries=16, show_spinner="Encoding the test set …")
def _encoded(run_id: str, step: int | None, key: str, _run: Run, _dataset: Dataset) -> _Encoded:
    model, data = resources.model(_run), resources.data(_dataset)
    encoded = encode_dataset(model, data, _count(_dataset, len(data.test)))
    found = flat_map(encoded.codes)
    points = [[round(x, 4), round(y, 4)] for x, y in found.points.tolist()]
    return _Encoded(points, found.title, to_png(tile(to_pixels(reconstructions(model, encoded)), COLUMNS)))


@st.cache_data(max_entries=4, show_spinner=False)
def _originals(key: str, count: int, _dataset: Dataset) -> bytes:
    return to_png(tile(to_pixels(resources.data(_dataset).test.images[:count]), COLUMNS))
