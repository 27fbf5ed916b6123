"""Parallel coordinates: runs as lines over their numeric settings and scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aecore.config.differences import numeric_settings
from aecore.config.run_config import RunConfig
from aecore.runs.comparison.scores import ScoreRow

LOG_RATIO = 30.0  # between the largest and the smallest value, from which an axis is logarithmic
MAX_TICKS = 6
#: The scores and sizes that have an axis, after the settings.
COLUMNS = {
    "latent": "Latent size",
    "parameters": "Parameters",
    "seconds": "Seconds",
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "bce": "BCE",
    "mse": "Test MSE",
}


@dataclass(frozen=True)
class CoordinateAxis:
    """One axis: the position of each run on it, and its ticks."""

    title: str
    positions: tuple[float, ...]  # the values, or their decimal logarithms
    ticks: tuple[float, ...]  # positions
    labels: tuple[str, ...]


def coordinate_axes(rows: Sequence[ScoreRow], configs: Sequence[RunConfig]) -> list[CoordinateAxis]:
    """Return an axis for each numeric setting that all runs have and that differs, and for each score that all have.

    Args:
        rows: the runs' rows in the table of scores.
        configs: their settings, in the same order.
    """
    settings = [numeric_settings(config) for config in configs]
    columns = {
        title: [values[title] for values in settings]
        for title in (settings[0] if settings else ())
        if all(title in values for values in settings)
    }
    columns = {title: values for title, values in columns.items() if len(set(values)) > 1}
    columns.pop("Bottleneck · Latent size", None)  # some bottlenecks have another setting for it
    for name, title in COLUMNS.items():
        scores = [getattr(row, name) for row in rows]
        if rows and None not in scores:
            columns[title] = scores
    return [_axis(title, values) for title, values in columns.items()]


def _axis(title: str, values: Sequence[float]) -> CoordinateAxis:
    low, high = min(values), max(values)
    is_log = low > 0 and high / low >= LOG_RATIO
    ticks = sorted(set(values))
    if len(ticks) > MAX_TICKS:
        ticks = _powers(low, high) if is_log else [low + i * (high - low) / (MAX_TICKS - 1) for i in range(MAX_TICKS)]
    labels = tuple(f"{tick:.3g}" if tick < 1000 else f"{tick:,.0f}" for tick in ticks)
    scale = math.log10 if is_log else float
    return CoordinateAxis(title, tuple(map(scale, values)), tuple(map(scale, ticks)), labels)


def _powers(low: float, high: float) -> list[float]:
    """The ends, and the powers of ten between them that are not close to an end."""
    exponents = range(math.ceil(math.log10(low) + 0.2), math.floor(math.log10(high) - 0.2) + 1)
    return [low, *(10.0**exponent for exponent in exponents), high]
