"""A run's state as an icon and a few words."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from aecore.runs.files.state import State
from aecore.runs.run import Run
from pages.parts.shell import resources

ICONS = {
    "queued": ":material/hourglass_empty:",
    "training": ":material/progress_activity:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "interrupted": ":material/pause_circle:",
    "failed": ":material/error:",
}


def queue_position(run: Run, state: State) -> int | None:
    """The run's position in the queue, from 1; None if it is not queued, or if it starts next. It reads all runs."""
    return resources.queue().position(run) if state.status == "queued" else None


def state_text(run: Run, state: State, position: int | None) -> str:
    """`Queued, position 2` or `Stopped at step 1,200`; `position` as `queue_position` returns it."""
    if state.status == "queued":
        return f"Queued, position {position}" if position else "About to start"
    step = run.model_step() if state.status in ("stopped", "interrupted") else None
    return f"{state.status.capitalize()} at step {step:,}" if step else state.status.capitalize()


def date_and_state(state: State) -> list[str]:
    """When a run was created, and its status unless it has finished."""
    return [date_text(state.created), *([] if state.status == "finished" else [state.status])]


def date_text(seconds: float) -> str:
    """A time in seconds since 1970 in the visitor's time zone: `14:02` or `Nov 26`."""
    zone = _visitor_zone()
    created, now = datetime.fromtimestamp(seconds, zone), datetime.now(zone)
    date = f"{created:%b} {created.day}"
    if created.date() == now.date():
        date = f"{created:%H:%M}"
    elif created.year != now.year:
        date += f", {created.year}"
    return date


def _visitor_zone() -> tzinfo | None:
    """None, which means that of the server, where the browser names none that is known here."""
    with suppress(KeyError, ValueError, TypeError):
        return ZoneInfo(st.context.timezone or "")
    return None
