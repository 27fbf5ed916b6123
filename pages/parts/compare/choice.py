"""The runs that the Compare page shows: chosen on the page, named by the address, or proposed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.listing import Entry
from pages.parts.runs.groups import group_runs
from pages.parts.runs.selection import is_history_navigation
from pages.parts.runs.state_label import date_and_state
from pages.parts.runs.sweep_members import sweep_members
from pages.parts.shell import resources, session, text

MOST = 4
PROPOSED = 3  # runs for a visitor who has chosen none
PARAMETER = "runs"  # of the address


def choose_runs() -> list[Entry]:
    """Draw the choice of runs; return those that can be shown, in the order in which they were chosen."""
    entries = _by_id(max_age=1.0)
    _follow_address(entries)
    if not set(session.COMPARED.get()) <= set(entries):  # it may have been created a moment ago
        entries = _by_id(max_age=0.0)
    ids = _readable(entries)
    st.query_params[PARAMETER] = ",".join(ids)
    key = session.key_showing(ids, "compared_runs")
    labels = _labels(list(entries.values()))
    st.multiselect(
        "Runs to compare", list(labels), key=key, format_func=lambda i: labels.get(i, i), max_selections=MOST,
        placeholder="Choose two to four runs", on_change=_store_chosen, args=(key,),
    )  # fmt: skip
    if note := session.COMPARED_NOTE.get():
        text.info(note)
    return [entries[i] for i in ids]


def _by_id(max_age: float) -> dict[str, Entry]:
    """All runs by id; those of the last seconds up to `max_age` may be missing."""
    return {entry.run.id: entry for entry in resources.store().entries(max_age)}


def _follow_address(entries: dict[str, Entry]) -> None:
    """Take the runs that the address names when the visitor arrives with it; without any, propose some."""
    address = st.query_params.get(PARAMETER, "")
    if session.COMPARED.exists() and not (address and is_history_navigation()):
        return
    named = list(dict.fromkeys(filter(None, address.split(","))))
    session.COMPARED_NOTE.set(f"At most {MOST} runs can be compared: showing the first {MOST}." if named[MOST:] else "")
    session.COMPARED.set(named[:MOST] or _proposed(entries))


def _readable(entries: dict[str, Entry]) -> list[str]:
    """The chosen runs that can be shown; a note says why one cannot."""
    problems, ids = [], []
    for run_id in session.COMPARED.get():
        if run_id in entries:
            ids.append(run_id)
        else:
            problems.append(_problem(run_id))
    if problems:
        session.COMPARED_NOTE.set(" ".join(problems))
        session.COMPARED.set(ids)
    return ids


def _problem(run_id: str) -> str:
    try:
        run = resources.store().get(run_id)
        run.config()
        run.state()
    except (RunNotFound, UnreadableRun) as error:
        return str(error)
    return f"The run “{run_id}” cannot be read."


def _proposed(entries: dict[str, Entry]) -> list[str]:
    """The selected run, and the next ones that were trained on the same data and with the same loss."""
    entries = {run_id: entry for run_id, entry in entries.items() if _has_begun(entry)}
    selected = entries.get(session.RUN.get() or "") or next(iter(entries.values()), None)
    if selected is None:
        return []
    dataset, loss = selected.config.dataset, selected.config.training.loss
    alike = [
        run_id
        for run_id, entry in entries.items()
        if entry is not selected and entry.config.dataset == dataset and entry.config.training.loss == loss
    ]
    alike.sort(key=lambda run_id: entries[run_id].state.sweep is not None)
    others = [run_id for run_id in entries if run_id not in (selected.run.id, *alike)]
    return [selected.run.id, *alike, *others][: PROPOSED if len(alike) >= PROPOSED - 1 else 2]


def _has_begun(entry: Entry) -> bool:
    return entry.run.read_only or entry.state.status == "training" or entry.state.started is not None


def _labels(entries: Sequence[Entry]) -> dict[str, str]:
    """The runs' names, the visitor's own first; with the state of those that have not finished.

    The runs of a sweep follow the others, named by the value that varies.
    """
    states = {entry.run.id: entry.state for entry in entries}
    starters = {entry.run.id for entry in entries if entry.run.read_only}
    sweeps = sweep_members(states)
    members = {i: f"{label} · {sweep.name}" for sweep in sweeps.values() for i, label in sweep.labels.items()}
    by_group = group_runs(entries).values()
    ordered = [i for ids in by_group for i in ids if i not in members] + list(members)
    return text.unique_labels(
        {
            i: " · ".join([members.get(i, states[i].name), *([] if i in starters else date_and_state(states[i]))])
            for i in ordered
        }
    )


def _store_chosen(key: str) -> None:
    session.COMPARED.set(list(st.session_state[key])[:MOST])
    session.COMPARED_NOTE.set("")
