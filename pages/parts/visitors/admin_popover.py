"""The popover in the sidebar in which a teacher enters their key."""

from __future__ import annotations

import streamlit as st

from aecore.utils.settings import settings
from pages.parts.shell import session, text
from pages.parts.visitors import admin, visitor

KEY = "admin-key"


def admin_popover() -> None:
    """Draw the popover, if this server has a key and is not the visitor's own machine."""
    if settings().admin_key is None or (owner := visitor.owner_id()) is None:
        return
    is_open = admin.is_open_for(owner)
    label, icon = ("All runs unlocked", ":material/lock_open:") if is_open else ("Teacher", ":material/key:")
    with st.sidebar.popover(label, icon=icon, type="tertiary", key="admin-open" if is_open else "admin"):
        if is_open:
            st.caption("You can stop, rename, continue and delete all runs in this browser.")
            st.button("Lock", icon=":material/lock:", on_click=admin.leave, args=(owner,))
            return
        with st.form("admin-form", border=False, clear_on_submit=True):
            st.text_input("Key", type="password", key=KEY, autocomplete="off", help="It unlocks the runs of everyone.")
            st.form_submit_button("Unlock", on_click=_enter, args=(owner,))
        if problem := session.ADMIN_PROBLEM.pop():
            text.problem(problem)


def _enter(owner: str) -> None:
    session.ADMIN_PROBLEM.set(admin.enter(owner, st.session_state[KEY].strip()))
