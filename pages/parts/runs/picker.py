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
from pages.parts.runs.sweep_members import SweepMembers, sweep_members
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
        states = groups.choose_group(entries, page.starter)
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
    """A choice of the run, in which a sweep is one entry, and below it one of the selected sweep's runs."""
    sweeps, selected = sweep_members(states), session.RUN.get()
    sweep_of = {run_id: sweep_id for sweep_id, sweep in sweeps.items() for run_id in sweep.labels}
    shown = sweep_of.get(selected or "", selected)
    key = session.key_showing(shown, "run_picker")
    labels = _labels({i: state for i, state in states.items() if i not in sweep_of}, starters, sweeps)
    options = list(dict.fromkeys(sweep_of.get(run_id, run_id) for run_id in states))
    # A run that was deleted since the list was read has no label.
    st.selectbox(
        "Run", options, key=key, format_func=lambda i: labels.get(i, i), on_change=_select_picked, args=(key, sweeps)
    )
    if selected and shown in sweeps:
        session.SWEEP_MEMBERS.get()[shown] = selected
        _member_picker(selected, sweeps[shown], states)


def _member_picker(selected: str, sweep: SweepMembers, states: Mapping[str, State]) -> None:
    key = session.key_showing(selected, "member_picker")
    labels = {
        i: label if states[i].status == "finished" else f"{label} · {states[i].status}"
        for i, label in sweep.labels.items()
    }
    st.selectbox(
        "Run of the sweep", list(labels), key=key, format_func=lambda i: labels.get(i, i), on_change=_select_member,
        args=(key,),
    )  # fmt: skip


def _select_picked(key: str, sweeps: Mapping[str, SweepMembers]) -> None:
    if key == session.versioned_key("run_picker"):
        picked = st.session_state[key]
        if picked in sweeps:  # the run of it seen last, or its first
            last = session.SWEEP_MEMBERS.get().get(picked)
            picked = last if last in sweeps[picked].labels else next(iter(sweeps[picked].labels))
        select_run(picked)


def _select_member(key: str) -> None:
    if key == session.versioned_key("member_picker"):
        select_run(st.session_state[key])


def _labels(
    states: Mapping[str, State], starters: Collection[str], sweeps: Mapping[str, SweepMembers]
) -> dict[str, str]:
    """Names with date and state or number of runs; with the id where these are equal, as in folders copied by hand."""
    runs = {
        i: " · ".join([state.name, *([] if i in starters else state_label.date_and_state(state))])
        for i, state in states.items()
    }
    counts = {i: f"{len(sweep.labels)} runs" for i, sweep in sweeps.items()}
    groups = {i: " · ".join([s.name, state_label.date_text(s.created), counts[i]]) for i, s in sweeps.items()}
    return text.unique_labels(runs | groups)


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
