"""Runs: which one is chosen, the picker in the sidebar, and the words for a run's state."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.run import Run
from aecore.runs.state import State
from aecore.utils.files import disk_error_message
from pages.parts.shell import errors, navigation, resources, session, text

_CHOSEN = "run"
_REFUSAL = "refusal"
_PICKER = "run_picker"
_PUT = "run_put"  # how often a run was chosen other than with the picker
ICONS = {
    "queued": ":material/hourglass_empty:",
    "training": ":material/progress_activity:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "interrupted": ":material/pause_circle:",
    "failed": ":material/error:",
}


def chosen() -> Run | None:
    """The run this visitor looks at; None if there is none, or it cannot be read any more."""
    try:
        run = resources.store().get(st.session_state.get(_CHOSEN) or "-")
    except RunNotFound:
        return None
    return run if run.readable() else None


def choose(run_id: str) -> None:
    """Look at another run, on every page and in the address."""
    _new_picker()
    _look_at(run_id)


def _look_at(run_id: str) -> None:
    st.session_state[_CHOSEN] = run_id
    session.NOTE.set(None)
    st.query_params["run"] = run_id


def words(run: Run, state: State) -> str:
    """The state in a few words: `queued, number 2 in line`, `stopped at step 1,200`."""
    if state.status == "queued":
        place = resources.queue().position(run)
        return f"queued, number {place} in line" if place else "about to start"
    step = run.model_step() if state.status in ("stopped", "interrupted") else None
    return f"{state.status} at step {step:,}" if step else state.status


def state_line(run: Run, state: State) -> None:
    """Icon and state."""
    st.markdown(f"{ICONS[state.status]} {words(run, state).capitalize()}")


def sidebar() -> None:
    """The picker; it also settles which run the address asks for."""
    try:
        resources.queue()
    except OSError as error:
        session.NOTE.set(disk_error_message(resources.store().root, error))
    runs = resources.store().runs()
    _settle(runs)
    with st.sidebar:
        navigation.links(st.session_state[_CHOSEN])
        if not runs:
            st.caption("No runs yet. Press Train to make the first.")
            return
        states = {run.id: run.state() for run in runs}
        names = Counter(state.name for state in states.values())
        # Two folders may hold runs of one name if one was copied by hand.
        told = {i: s.name if names[s.name] == 1 else f"{s.name} ({i})" for i, s in states.items()}
        picker = _picker()
        st.session_state[picker] = st.session_state[_CHOSEN]
        st.selectbox(
            "Run",
            list(states),
            key=picker,
            format_func=lambda run_id: told.get(run_id, run_id),
            on_change=_picked,
            args=(picker,),
        )
        run = chosen()
        if run is None:
            return
        active = any(state.active for state in states.values())
        errors.fragment("The run's state", run_every=2 if active else None)(_watched_state)(run.id)
        if run.read_only:
            st.caption("A starter model. It comes with the app.")
        else:
            _manage(run)


def _picker() -> str:
    """The picker's key: another one for each run put there, as a browser that has not heard of it tells the old one."""
    return f"{_PICKER}#{st.session_state.get(_PUT, 0)}"


def _new_picker() -> None:
    st.session_state[_PUT] = st.session_state.get(_PUT, 0) + 1


def _picked(picker: str) -> None:
    if picker == _picker():
        _look_at(st.session_state[picker])


def _settle(runs: list[Run]) -> None:
    """Take the run from the address that a person came by or went back to; else keep the choice, or take the newest."""
    asked, now = st.query_params.get("run"), st.session_state.get(_CHOSEN)
    context = get_script_run_ctx()
    if asked and asked != now and chosen() and not (context and context.is_history_navigation):
        st.query_params["run"] = now  # the browser had not heard of the choice yet when it asked
    elif asked and asked != now:
        try:
            run = resources.store().get(asked)
            run.state(), run.config()
            choose(run.id)
        except (RunNotFound, UnreadableRun) as error:
            session.NOTE.set(f"{error} Choose one in the sidebar.")
    if chosen() is None:
        if now:
            session.NOTE.set("The run you looked at is gone: it was deleted. This is another one.")
        st.session_state[_CHOSEN] = runs[0].id if runs else None
        _new_picker()


def _watched_state(run_id: str) -> None:
    try:
        run = resources.store().get(run_id)
        state = run.state()
    except (RunNotFound, UnreadableRun):
        st.rerun()
    state_line(run, state)
    before = st.session_state.get("watched_state")
    st.session_state["watched_state"] = (run_id, state.status)
    if before and before[0] == run_id and before[1] != state.status:
        st.rerun()


def _manage(run: Run) -> None:
    name = run.state().name
    with st.popover("Manage", icon=":material/tune:", width="stretch", key=f"manage-{run.id}"):
        st.text_input("Name", name, max_chars=60, key=f"name-{run.id}", on_change=_rename, args=(run,))
        st.caption(f"Deleting “{name}” removes its model, curves and snapshots for good.")
        sure = st.checkbox("Yes, delete this run", key=f"sure-{run.id}")
        st.button("Delete", icon=":material/delete:", disabled=not sure, on_click=_delete, args=(run,))
    show_problem()


def _rename(run: Run) -> None:
    if name := st.session_state[f"name-{run.id}"].strip():
        attempt(lambda: run.change_state(name=name))


def _delete(run: Run) -> None:
    if attempt(lambda: resources.queue().delete(run)):
        st.session_state[_CHOSEN] = None  # not the same as a run that someone else deleted
        del st.query_params["run"]


def show_problem() -> None:
    """Say, once, why the last wish could not be granted."""
    if problem := st.session_state.pop(_REFUSAL, None):
        text.problem(problem)


def attempt(action: Callable[[], object]) -> bool:
    """Do what was asked for; if the disk or the run's state refuses, say so at the next drawing."""
    try:
        action()
        return True
    except OSError as error:
        refusal = disk_error_message(resources.store().root, error)
    except (UnreadableRun, RunNotFound) as error:
        refusal = str(error)
    except Exception:  # a callback runs outside the frame's `calm`
        traceback.print_exc(file=sys.stderr)
        refusal = "That did not work, and nothing was changed. Details are in the terminal."
    st.session_state[_REFUSAL] = refusal
    return False
