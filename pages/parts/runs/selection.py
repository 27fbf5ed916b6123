"""The selected run: the same on every page, in the session and in the address."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from pages.parts.shell import resources, session
from pages.parts.visitors import visitor


def selected_run() -> Run | None:
    """The selected run; None if there is none, or if it can no longer be read."""
    try:
        run = resources.store().get(session.RUN.get() or "-")
    except RunNotFound:
        return None
    return run if run.readable() else None


def select_run(run_id: str) -> None:
    """Select a run, on every page and in the address."""
    session.RUN.set(run_id)
    session.NOTE.set(None)
    st.query_params["run"] = run_id


def deselect_run() -> None:
    """Select no run, after its visitor deleted it; `follow_address` then selects the latest without a message."""
    session.RUN.set(None)
    st.query_params.pop("run", None)


def follow_address(entries: Sequence[Entry]) -> None:
    """Select the run that the address names; if it names none, keep the selection, or select the visitor's own."""
    address, before, selected = st.query_params.get("run"), session.RUN.get(), selected_run()
    if address and address != before:
        if selected and not _is_history_navigation():
            st.query_params["run"] = selected.id  # the request is older than the browser's new address
        else:
            selected = _open_address(address) or selected
    if selected is None:
        if before:
            session.NOTE.set("The selected run was deleted. Showing another one.")
        session.RUN.set(_first_to_show(entries))


def _first_to_show(entries: Sequence[Entry]) -> str | None:
    """The id of the visitor's newest run; if there is none, of an example, never of someone else's run."""
    me = visitor.current()
    own = (e.run for e in entries if not e.run.read_only and me.owns(e.state))
    examples = (e.run for e in entries if e.run.read_only)
    # One that is no longer readable was deleted since it was listed.
    return next((run.id for run in chain(own, examples) if run.readable()), None)


def _open_address(run_id: str) -> Run | None:
    try:
        run = resources.store().get(run_id)
        run.state(), run.config()
    except (RunNotFound, UnreadableRun) as error:
        session.NOTE.set(f"{error} Select one in the sidebar.")
        return None
    select_run(run.id)
    return run


def _is_history_navigation() -> bool:
    """Whether the visitor came here with the browser's back or forward button."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
