"""A run's losses over its epochs as a chart, drawn in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pages.parts.components import CHART_STYLES, load
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

_component = load("loss_chart", *CHART_STYLES)


def loss_chart(run_id: str, curve: Mapping[str, Any], is_live: bool, unit: str, log_axis: bool, height: int) -> None:
    """Draw the losses of a run.

    Args:
        run_id: the run.
        curve: its records, baseline and alt text, named as in the answers of the server's route.
        is_live: whether the browser replaces `curve` by these answers, because the run is in training.
        unit: unit of the losses.
        log_axis: whether the loss axis is logarithmic.
        height: height of the chart with its legend, in pixels.
    """
    options = {"run": run_id, "library": f"{UPLOT}/{UPLOT_SCRIPT}", "unit": unit, "log": log_axis, "height": height}
    source = {"curve": dict(curve), **({"live": run_id} if is_live else {})}
    _component(key=f"loss-chart-{run_id}", data={**options, **source}, height=height)
