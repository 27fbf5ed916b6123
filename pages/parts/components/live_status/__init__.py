"""The title of a live view: the run's state, name and progress, read by the browser."""

from __future__ import annotations

from collections.abc import Mapping

from pages.parts.components import load

_component = load("live_status")


def live_status(run_id: str, status: str, label: str, name: str, icons: Mapping[str, str]) -> None:
    """Show the state of a run in training, and run the script again once it has ended.

    It reads `Training · My run · epoch 3 of 10 · 41 s left`.

    Args:
        run_id: the run.
        status: its status, shown until the server's first answer.
        label: its status in words, shown until then.
        name: its name.
        icons: the icon of each status, in Streamlit's notation.
    """
    data = {"live": run_id, "status": status, "label": label, "name": name, "icons": dict(icons)}
    # A trigger needs a callback to cause a script run.
    _component(key=f"live-status-{run_id}", data=data, on_changed_change=lambda: None)
