"""The sidebar: the links to the pages, the run picker, and the selected run with its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from aecore.errors import UnreadableRun
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.utils.files import disk_error_message
from pages.parts.components.live_state import live_state
from pages.parts.runs import groups, live_text, manage, state_label
from pages.parts.runs.selection import follow_address, select_run, selected_run
from pages.parts.shell import navigation, resources, session, text
from pages.parts.shell.navigation import PageInfo


def sidebar(page: PageInfo) -> None:
    """Draw the sidebar of a page; first select the run that the address names."""
    entries = resources.store().entries()
    follow_address(entries, page)
    try:
        if problem := resources.queue().problem:
            session.NOTE.set(problem)
    except OSError as error:
        session.NOTE.set(disk_error_message(resources.store().root, error))
    if not any(entry.run.id == session.RUN.get() for entry in entries):
        entries = resources.store().entries(max_age=0.0)  # another process has just created it
    with st.sidebar:
        navigation.links()
        if not entries:
            st.caption("No runs yet. Press Train to start the first one.")
            return
        states = groups.choose_group(entries)
        _picker(states, [entry.run.id for entry in entries if entry.run.read_only])
        run = selected_run()
        if run is None or run.id not in states:
            return
        _watch_state(run)
        if run.read_only:
            st.caption("This run is one of the starter models that come with the app.")
        else:
            manage.popover(run, states[run.id].name)


def _picker(states: Mapping[str, State], starters: Collection[str]) -> None:
    key = session.key_showing(session.RUN.get(), "run_picker")
    labels = _labels(states, starters)
    # A run that was deleted since the list was read has no label.
    st.selectbox(
        "Run", list(states), key=key, format_func=lambda i: labels.get(i, i), on_change=_select_picked, args=(key,)
    )


def _select_picked(key: str) -> None:
    if key == session.versioned_key("run_picker"):
        select_run(st.session_state[key])


def _labels(states: Mapping[str, State], starters: Collection[str]) -> dict[str, str]:
    """The runs' names with date and state; with the id where these are equal, as in folders copied by hand."""
    return text.unique_labels(
        {
            i: " · ".join([state.name, *([] if i in starters else state_label.date_and_state(state))])
            for i, state in states.items()
        }
    )


def _watch_state(run: Run) -> None:
    """Show the run's state; the browser asks for the whole page again when the run starts, ends or is deleted."""
    try:
        state = run.state()
    except UnreadableRun:
        st.rerun()
    if run.read_only:  # it never changes
        st.markdown(f"{state_label.ICONS[state.status]} {state_label.state_text(run, state, None)}")
    else:
        live_state(run.id, state.status, live_text.current_label(run, state), state_label.ICONS)
