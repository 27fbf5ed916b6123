"""Settings and scores: what differs between the compared runs, and a table of all finished runs and PCA."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b
from html import escape

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from aecore.analysis.metrics import EXACT_PSNR
from aecore.config.differences import SettingRow, setting_rows
from aecore.runs.comparison.scores import ScoreRow, score_rows
from aecore.runs.comparison.similarity import lacks_similarity
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.compare.parallel import parallel_coordinates
from pages.parts.compare.shown_runs import is_training, label, names
from pages.parts.images.html import table
from pages.parts.shell import errors, jobs, resources, session, text

MAX_HEIGHT = 480  # pixels of the table, which then scrolls
ROW_HEIGHT = 35

#: Pixels of the columns, so that all are seen beside the sidebar of a window 1,400 pixels wide.
WIDTHS = {
    "letter": 30, "name": 180, "latent": 84, "mse": 74, "sse": 58, "psnr": 73, "ssim": 53, "bce": 58,
    "parameters": 90, "seconds": 67, "images_per_second": 73, "network": 98, "dataset": 95, "inputs": 80,
}  # fmt: skip

#: Title, number format and explanation of each column; those of texts have no format.
COLUMNS: dict[str, tuple[str, str | None, str]] = {
    "letter": ("", None, "The letter of a compared run."),
    "name": ("Run", None, "PCA has a row for each number of components, data and corruption."),
    "latent": ("Latent size", "localized", "Numbers in one code; an index of a codebook counts as one."),
    "mse": ("Test MSE", "%.5f", "Squared error per pixel, or per feature of a vector: lower is better."),
    "sse": ("SSE", "%.2f", "Squared error per image: lower is better."),
    "psnr": ("PSNR, dB", "%.1f", "Of the mean squared error: higher is better."),
    "ssim": ("SSIM", "%.3f", "Structural similarity, the mean over the test images: higher is better, 1 is equal."),
    "bce": ("BCE", "%.4f", "Cross-entropy in nats per pixel: lower is better."),
    "parameters": ("Parameters", "localized", "Trainable values; of PCA, the values of its components and its mean."),
    "seconds": ("Seconds", "%.1f", "Time spent in training, over all resumptions."),
    "images_per_second": ("Images/s", "localized", "Images seen in training per second, validation included."),
    "network": ("Network", None, "The encoder and the decoder."),
    "dataset": ("Data", None, "The data of which the test images are."),
    "inputs": ("Test inputs", None, "What was reconstructed; the errors are those against the clean images."),
}


@errors.fragment("The table")
def settings_and_scores(entries: Sequence[Entry]) -> None:
    """Draw the scores of all finished runs, and the settings in which the compared ones differ."""
    st.subheader("Test scores of all finished runs, and of PCA at the same size", anchor=False)
    letters = {entry.run.id: label(i) for i, entry in enumerate(entries)}
    listed = sorted(resources.store().entries(), key=lambda entry: letters.get(entry.run.id, "last"))
    lacking = [e.run for e in listed if not e.state.active and e.run.results("scores") and lacks_similarity(e.run)]
    _scores(letters, score_rows(listed))
    if training := [entry for entry in entries if is_training(entry.run)]:
        _await_scores(training)
    if lacking:
        _compute_similarity(lacking)
    if len(entries) > 1:
        _settings(entries)


def _settings(entries: Sequence[Entry]) -> None:
    rows = setting_rows([entry.config for entry in entries])
    differing = [row for row in rows if row.differs]
    head = ["", *(f"<b>{label(i)}</b> {escape(name)}" for i, name in enumerate(names(entries)))]
    if differing:
        st.subheader("Settings that differ", anchor=False)
        st.html(table([(row.title, _cells(row)) for row in differing], head, "scores settings"))
        st.caption("Bold: differs from run A. A dash: this kind has no such setting.")
    else:
        text.info("These runs have the same settings.")
    with st.expander(f"{len(rows) - len(differing)} equal settings"):
        equal = [(row.title, [escape(row.values[0] or "–")]) for row in rows if not row.differs]
        st.html(table(equal, ["", "All runs"], "scores settings"))


def _cells(row: SettingRow) -> list[str]:
    cells = [escape(value or "–") for value in row.values]
    return [cells[0], *(f"<b>{cell}</b>" if cell != cells[0] else cell for cell in cells[1:])]


def _scores(letters: dict[str, str], rows: Sequence[ScoreRow]) -> None:
    """The table, filtered by words and by whether a run is compared, and its download."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    words = row.text_input(
        "Filter", key=session.SCORES_FILTER.name, placeholder="Name, network or data", bind="query-params", width=280
    )
    shown = [_with_letter(score, letters) for score in rows if _matches(score, words)]
    row.download_button(
        "Download CSV", _csv(shown), "scores.csv", "text/csv", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip
    if not shown:
        st.caption("No run matches the filter." if words else "No run has finished yet.")
        return
    height = min(MAX_HEIGHT, ROW_HEIGHT * (len(shown) + 1) + 3)
    config = {name: _column(name, *column) for name, column in COLUMNS.items()}
    columns = {name: [score[name] for score in shown] for name in COLUMNS}
    st.dataframe(
        columns, height=height, hide_index=True, column_config=config, row_height=ROW_HEIGHT, placeholder="–",
        alt=f"Scores of {len(shown)} runs and baselines",
    )  # fmt: skip
    st.caption("Click on the head of a column to sort. On a test set with noise, the errors are against clean images.")
    if st.toggle("Parallel coordinates", key=session.PARALLEL.name, bind="query-params"):
        parallel_coordinates([row for row in rows if _matches(row, words)], resources.store().entries())


def _csv(rows: Sequence[dict[str, object]]) -> str:
    """The rows with all digits."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(COLUMNS), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _column(name: str, title: str, number: str | None, about: str) -> ColumnConfig:
    if number is None:
        return st.column_config.TextColumn(title, help=about, width=WIDTHS[name])
    return st.column_config.NumberColumn(title, help=about, format=number, width=WIDTHS[name])


def _matches(row: ScoreRow, words: str) -> bool:
    content = f"{row.name} {row.network} {row.dataset} {row.inputs}".casefold()
    return all(word in content for word in words.casefold().split())


def _with_letter(row: ScoreRow, letters: dict[str, str]) -> dict[str, object]:
    psnr = None if row.psnr is None else min(row.psnr, EXACT_PSNR)
    speed = None if row.images_per_second is None else round(row.images_per_second)
    return asdict(row) | {"letter": letters.get(row.run or "", ""), "psnr": psnr, "images_per_second": speed}


@errors.fragment("The table", run_every=2.0)
def _await_scores(training: Sequence[Entry]) -> None:
    """Name the compared runs in training, and draw the page again once one has ended."""
    if not all(is_training(entry.run) for entry in training):
        st.rerun()
    running = ", ".join(f"“{entry.state.name}”" for entry in training)
    st.caption(f"Still in training: {running}. Scores are computed at the end.")


@errors.fragment("The computation of SSIM", run_every=1.0)
def _compute_similarity(lacking: Sequence[Run]) -> None:
    """A button that computes the missing SSIM in a separate process, and its progress."""
    folders = [str(run.folder) for run in lacking]
    name = f"similarity-{blake2b(repr(folders).encode(), digest_size=8).hexdigest()}"
    job = jobs.job(name)
    if job and job.running:
        waiting = "Waiting for other work." if job.waits else "Computing SSIM. It is stored with each run."
        st.progress(job.share, waiting)
        return
    if job and not any(map(lacks_similarity, lacking)):
        st.rerun()
    if job and job.problem:
        text.problem(job.problem)
    count = "1 run" if len(lacking) == 1 else f"{len(lacking)} runs"
    command = ["aecore.runs.comparison.similarity", *folders]
    st.button(f"Compute SSIM of {count}", icon=":material/calculate:", on_click=jobs.start, args=(name, command, True))
