"""The results of a sweep: progress, error over the setting beside PCA's, and a table, read by the browser."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pages.parts.components import CHART_STYLES, CHOICE_STYLE, load
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

_component = load("sweep_results", *CHART_STYLES, CHOICE_STYLE)


def sweep_results(sweep_id: str, status: str, title: str, results: Mapping[str, Any], height: int) -> None:
    """Draw the results, and run the script again once the sweep has started or ended, or is deleted.

    The score and the scale of its axis are in the address: `measure` and `logerror`.

    Args:
        sweep_id: the sweep.
        status: its status, for which the script draws the page.
        title: of the setting, for the axis.
        results: what the server's route answered first.
        height: height of the chart with its legend, in pixels.
    """
    data = {
        "library": f"{UPLOT}/{UPLOT_SCRIPT}",
        "sweep": sweep_id,
        "status": status,
        "title": title,
        "results": dict(results),
        "height": height,
        "drawn": time.time(),  # so that each script run reaches the component
    }
    # A trigger needs a callback to cause a script run.
    _component(key=f"sweep-results-{sweep_id}", data=data, on_changed_change=lambda: None)
