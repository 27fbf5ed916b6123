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
from pages.parts.shell.navigation import PageInfo
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
    session.STARTER_SHOWN.set(False)
    session.NOTE.set(None)
    st.query_params["run"] = run_id


def deselect_run() -> None:
    """Select no run, after its visitor deleted it; `follow_address` then selects the latest without a message."""
    session.RUN.set(None)
    st.query_params.pop("run", None)


def follow_address(entries: Sequence[Entry], page: PageInfo) -> None:
    """Select the run that the address names; if it names none, keep the selection, or select the visitor's own.

    A visitor who has no runs and has selected none sees the starter model of each page.
    """
    address, before, selected, problem = st.query_params.get("run"), session.RUN.get(), selected_run(), ""
    if address and address != before:
        if selected and not is_history_navigation():
            st.query_params["run"] = selected.id  # the request is older than the browser's new address
        else:
            opened, problem = _open_address(address)
            selected = opened or selected
    if selected is None and before and not problem:
        problem = "The selected run was deleted."
    if selected is None or (session.STARTER_SHOWN.get() and session.PAGE.get() != page.url_path):
        session.NOTE.set(None)  # it may name the starter of another page
        selected = _first_to_show(entries, page.starter)
        session.RUN.set(selected.id if selected else None)
        session.STARTER_SHOWN.set(selected is not None and selected.read_only)
    if problem:
        _show_another(problem, selected)


def _show_another(problem: str, shown: Run | None) -> None:
    """Say why the requested run is not shown, and which one is, also in the address, so that a reload is silent."""
    if shown is None:
        session.NOTE.set(problem)
        st.query_params.pop("run", None)
    else:
        session.NOTE.set(f"{problem} Showing “{shown.state().name}”.")
        st.query_params["run"] = shown.id


def _first_to_show(entries: Sequence[Entry], starter: str) -> Run | None:
    """The visitor's newest run; if there is none, this or another starter model, never someone else's run."""
    me = visitor.current()
    own_entries = [e for e in entries if not e.run.read_only and me.owns(e.state)]
    # Last those that show nothing, because they were cancelled before they began.
    own = [e.run for e in sorted(own_entries, key=lambda e: not (e.state.active or e.state.started))]
    examples = sorted((e.run for e in entries if e.run.read_only), key=lambda run: run.id != starter)
    # One that is no longer readable was deleted since it was listed.
    return next((run for run in chain(own, examples) if run.readable()), None)


def _open_address(run_id: str) -> tuple[Run | None, str]:
    """Select the run that the address names, and return it, or why it cannot be shown."""
    try:
        run = resources.store().get(run_id)
        run.state(), run.config()
    except (RunNotFound, UnreadableRun) as error:
        return None, str(error)
    select_run(run.id)
    return run, ""


def is_history_navigation() -> bool:
    """Whether the visitor came here with the browser's back or forward button."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
