"""A training's metrics and diagnoses, and the lines of its loss chart, read by the browser."""

from __future__ import annotations

from pages.parts.components import load

_component = load("live_chart")


def live_chart(run_id: str, chart: str) -> None:
    """Show the metrics and diagnoses of a run, and keep the loss chart of key `chart` up to date."""
    _component(key=f"live-chart-{run_id}", data={"live": run_id, "chart": chart})
