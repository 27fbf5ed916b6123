"""The groups of runs in the sidebar: the visitor's own, those of others, and the starter models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from aecore.runs.files.state import State
from aecore.runs.listing import Entry
from pages.parts.runs.selection import select_run
from pages.parts.shell import session
from pages.parts.visitors import visitor

MINE, OTHERS, EXAMPLES = "My runs", "Others", "Examples"
GROUPS = (MINE, OTHERS, EXAMPLES)


def group_runs(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """The ids of the runs by group, without empty groups."""
    groups: dict[str, list[str]] = {name: [] for name in GROUPS}
    me = visitor.current()
    for entry in entries:
        group = EXAMPLES if entry.run.read_only else MINE if me.owns(entry.state) else OTHERS
        groups[group].append(entry.run.id)
    return {name: ids for name, ids in groups.items() if ids}


def choose_group(entries: Sequence[Entry], starter: str) -> dict[str, State]:
    """Draw the choice of a group, if there is one; return the states of the runs in the selected run's group.

    The group of starter models opens with that of the page, unless the visitor has seen another one.
    """
    groups, selected = group_runs(entries), session.RUN.get()
    shown = next((name for name, ids in groups.items() if selected in ids), next(iter(groups)))
    if selected in groups[shown] and not session.STARTER_SHOWN.get():
        session.GROUP_RUNS.get()[shown] = selected
    if len(groups) > 1:
        last = {EXAMPLES: starter, **session.GROUP_RUNS.get()}
        runs_to_select = {name: last[name] if last.get(name) in ids else ids[0] for name, ids in groups.items()}
        key = session.key_showing(shown, "run_group")
        st.segmented_control(
            "Runs",
            list(groups),
            key=key,
            required=True,
            label_visibility="collapsed",
            width="stretch",
            wrap=False,
            on_change=_select_group,
            args=(key, runs_to_select),
        )
    return {entry.run.id: entry.state for entry in entries if entry.run.id in groups[shown]}


def _select_group(key: str, runs_to_select: Mapping[str, str]) -> None:
    """Select the run that the visitor saw last in the group, or its newest."""
    if key == session.versioned_key("run_group") and (run_id := runs_to_select.get(st.session_state[key])):
        select_run(run_id)
