"""A training's metrics and diagnoses, read by the browser."""

from __future__ import annotations

from pages.parts.components import load

_component = load("live_metrics")


def live_metrics(run_id: str) -> None:
    """Show the metrics and diagnoses of a run while it trains."""
    _component(key=f"live-metrics-{run_id}", data={"live": run_id})
