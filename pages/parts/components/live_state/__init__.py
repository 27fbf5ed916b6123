"""The state of the selected run in the sidebar, read by the browser, which asks for a script run when it changes."""

from __future__ import annotations

from collections.abc import Mapping

from pages.parts.components import load

_component = load("live_state")


def live_state(run_id: str, status: str, label: str, icons: Mapping[str, str]) -> None:
    """Show the state of a run, and run the script again once the run has started or ended, or is deleted.

    Args:
        run_id: the run.
        status: the status for which the script draws the page.
        label: its status in words, shown until the server's first answer.
        icons: the icon of each status, in Streamlit's notation.
    """
    data = {"live": run_id, "status": status, "label": label, "icons": dict(icons)}
    # A trigger needs a callback to cause a script run.
    _component(key=f"live-state-{run_id}", data=data, on_changed_change=lambda: None)
