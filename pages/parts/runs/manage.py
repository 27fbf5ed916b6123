"""The popover in the sidebar that renames or deletes the selected run."""

from __future__ import annotations

import streamlit as st

from aecore.runs.names import MAX_NAME_LENGTH, clean_name
from aecore.runs.run import Run
from pages.parts.runs.selection import deselect_run
from pages.parts.shell import resources, text
from pages.parts.shell.actions import attempt, attempt_change, show_refusal
from pages.parts.visitors import visitor

_PLACE = "manage"  # of its refusals


def popover(run: Run, name: str) -> None:
    """Draw the popover of a run with its current name; for a run of someone else, say why there is none."""
    show_refusal(_PLACE)
    if not visitor.may_change(run):
        st.caption(visitor.belongs_to(run, "change it"))
        return
    with st.popover("Manage", icon=":material/tune:", width="stretch", key=f"manage-{run.id}"):
        key = f"name-{run.id}"
        st.text_input("Name", name, max_chars=MAX_NAME_LENGTH, key=key, on_change=_rename, args=(run, key))
        st.caption(f"Deleting “{text.escaped(name)}” removes its model, curves and snapshots permanently.")
        confirmed = st.checkbox("Yes, delete this run", key=f"sure-{run.id}")
        st.button("Delete", icon=":material/delete:", disabled=not confirmed, on_click=_delete, args=(run,))


def _rename(run: Run, key: str) -> None:
    if name := clean_name(st.session_state[key]):
        attempt_change(run, "rename it", lambda: run.change_state(name=name), _PLACE)
    else:
        attempt(lambda: st.session_state.update({key: run.state().name}), _PLACE)  # the run keeps its name


def _delete(run: Run) -> None:
    if attempt_change(run, "delete it", lambda: resources.queue().delete(run), _PLACE):
        deselect_run()
