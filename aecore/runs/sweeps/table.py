"""The results of a sweep as a Markdown table, and its runs as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial

from aecore.runs.sweeps.results import SweepPoint, SweepResults

#: Columns by score: the heading and the format of a number.
_COLUMNS = {
    "mse": ("test MSE", ".5f"), "sse": ("test SSE", ".2f"), "bce": ("test BCE", ".4f"), "psnr": ("PSNR, dB", ".2f"),
}  # fmt: skip


def table(results: SweepResults) -> str:
    """Format the results as a Markdown table: mean and standard deviation over the seeds, beside PCA."""
    columns: dict[str, Callable[[SweepPoint], str]] = {
        results.title.lower(): lambda point: point.text,
        "runs": lambda point: f"{sum(run.status == 'finished' for run in point.runs)} of {len(point.runs)}",
    }
    for score, (heading, number) in _COLUMNS.items():
        if score in ("mse", "sse") or any(point.spread(score) for point in results.points):
            columns[heading] = partial(_spread, score=score, number=number)
    columns["PCA components"] = lambda point: str(point.components)
    columns["PCA test MSE"] = lambda point: f"{point.pca.mse:.5f}" if point.pca else "–"
    columns["PCA test SSE"] = lambda point: f"{point.pca.sse:.2f}" if point.pca else "–"
    columns["seconds"] = lambda point: f"{point.seconds.mean:.1f}" if point.seconds else "–"
    rows = [list(columns), *([text(point) for text in columns.values()] for point in results.points)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = [f"| {' | '.join(f'{cell:<{width}}' for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    return "\n".join([lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]])


def csv_table(results: SweepResults) -> str:
    """Format all runs as CSV with all digits: settings, state and test scores, beside those of PCA."""
    buffer = io.StringIO()
    rows = [run.as_dict() | {"value": point.text} for point in results.points for run in point.runs]
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _spread(point: SweepPoint, score: str, number: str) -> str:
    spread = point.spread(score)
    if spread is None:
        return "–"
    return f"{spread.mean:{number}}" + (f" ± {spread.std:{number}}" if spread.std is not None else "")
