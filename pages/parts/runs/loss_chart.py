"""The loss chart of a run: which records it shows, in the form that the browser draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from aecore.config.run_config import RunConfig
from aecore.runs.files.metrics import Record
from aecore.runs.run import Run
from pages.parts.components import loss_chart as component

MAX_POINTS = 300
FIRST_POINTS = 20  # shown in full: the loss changes most there

T = TypeVar("T")


def loss_unit(config: RunConfig) -> str:
    """The unit of a run's loss: `nats/image`. Only losses of one unit are comparable."""
    units = {"bce": "nats", "mse": "squared error"}
    return f"{units.get(config.training.loss, 'nats of 8-bit values')}/{config.dataset.unit}"


def loss_chart(run: Run, config: RunConfig, records: Sequence[Record] | None, log_axis: bool, height: int) -> None:
    """Plot training and validation loss over epochs, and PCA's reconstruction error as a level.

    Args:
        run: the run.
        config: its settings.
        records: its metrics; None while it trains, when the browser reads them from the server's route.
        log_axis: whether the loss axis is logarithmic.
        height: the chart's height in pixels.
    """
    unit, is_live = loss_unit(config), records is None
    records = records or []
    curve = {
        "records": [record_row(records[i]) for i in sampled(records)],
        "baseline": None if is_live else baseline_level(run.results("baseline"), config),
        "alt": alt_text(records, unit),
    }
    component.loss_chart(run.id, curve, is_live, unit, log_axis, height)


def baseline_level(baseline: dict[str, Any] | None, config: RunConfig) -> dict[str, Any] | None:
    """PCA's name and its error in the unit of the run's loss, a sum over the image; None while it is unknown."""
    if not baseline or config.likelihood:  # PCA is no distribution of exact values
        return None
    is_mse = config.training.loss == "mse"
    error = baseline["sse" if is_mse else "bce"]
    loss = None if error is None else _finite(error * (1 if is_mse else math.prod(config.dataset.input_shape)))
    return None if loss is None else {"name": f"PCA, {baseline['components']:,} components", "loss": loss}


def record_row(record: Record) -> list[float | None]:
    """A record as a row, None where a value is missing.

    Returns:
        [step, epoch, training loss, validation loss, its reconstruction loss, seconds, training reconstruction loss].
        The reconstruction losses are there where a penalty adds to them.
    """
    train, validation = record["train"], record.get("validation", {})
    losses = train.get("loss"), validation.get("loss"), validation.get("reconstruction")
    last = record.get("seconds"), train.get("reconstruction")
    return [record["step"], record["epoch"], *(_finite(value) for value in (*losses, *last))]


def sampled(records: Sequence[Record]) -> list[int]:
    """Indices of the records that show the course of both losses."""
    validated = [i for i, record in enumerate(records) if "validation" in record]
    return sorted({*subsample(range(len(records))), *subsample(validated)})


def subsample(points: Sequence[T]) -> list[T]:
    """At most about `MAX_POINTS` of the points, which a browser redraws quickly, with the first and the last."""
    if len(points) <= MAX_POINTS:
        return list(points)
    stride = -(-len(points) // MAX_POINTS)
    return [*points[:FIRST_POINTS], *points[FIRST_POINTS:-1:stride], points[-1]]


def alt_text(records: Sequence[Record], unit: str) -> str:
    """The chart in words."""
    if not records:
        return "Loss curve, empty until the first step."
    first, last = (record["train"].get("loss", math.nan) for record in (records[0], records[-1]))
    alt = f"Loss curve: training loss went from {first:.1f} to {last:.1f} {unit}"
    validated = (record["validation"].get("loss") for record in reversed(records) if "validation" in record)
    last_validated = next(validated, None)
    return alt + (f", validation loss is {last_validated:.1f}." if last_validated is not None else ".")


def _finite(value: float | None) -> float | None:
    """JSON has no NaN."""
    return round(value, 4) if value is not None and math.isfinite(value) else None
