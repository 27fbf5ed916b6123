"""The section of the Compare page for sweeps: the choice of one, the form of a new one, results and actions."""

from __future__ import annotations

import streamlit as st

from aecore.errors import SweepNotFound, UnreadableSweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import Sweep
from pages.parts.components.sweep_results import sweep_results
from pages.parts.runs import state_label
from pages.parts.runs.selection import is_history_navigation
from pages.parts.shell import resources, session, text
from pages.parts.sweeps.actions import actions
from pages.parts.sweeps.form import form
from pages.parts.sweeps.live import live_sweep
from pages.parts.visitors import visitor

HEIGHT = 400
PARAMETER = "sweep"  # of the address
NEW = ""  # the option of the form


def sweeps() -> None:
    """Draw the form of a new sweep, or the results of the chosen one."""
    _follow_address()
    shown = _readable()
    if shown is None:
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = shown.id
    _choice(shown)
    if note := session.SWEEP_NOTE.get():
        text.info(note)
    if shown is None:
        form()
        return
    try:
        live = live_sweep(shown.id, max_age=0.0)
    except (SweepNotFound, UnreadableSweep):  # deleted a moment ago
        st.rerun()
    actions(shown, live.plan, live.results, is_working=bool(live.label))
    sweep_results(shown.id, live.status, live.plan.title, live.as_dict() | {"interval": 1.0}, HEIGHT)
    _caption(live.plan)


def _follow_address() -> None:
    """Take the sweep that the address names when the visitor arrives with it."""
    if session.SWEEP.exists() and not is_history_navigation():
        return
    session.SWEEP_NOTE.set("")
    session.SWEEP.set(st.query_params.get(PARAMETER) or None)


def _readable() -> Sweep | None:
    """The chosen sweep; None for the form, with a note if a sweep was chosen that cannot be shown."""
    chosen = session.SWEEP.get()
    if not chosen:
        return None
    try:
        sweep = resources.sweeps().get(chosen)
        plan = sweep.plan()
    except (SweepNotFound, UnreadableSweep) as error:
        seen, name = session.SWEEP_SEEN.get()
        session.SWEEP_NOTE.set(f"“{name}” was deleted." if seen == chosen else str(error))
        session.SWEEP.set(None)
        return None
    session.SWEEP_SEEN.set((chosen, plan.name))
    return sweep


def _choice(shown: Sweep | None) -> None:
    labels = {NEW: "New sweep", **_labels()}
    if shown and shown.id not in labels:  # created since they were listed
        labels[shown.id] = shown.plan().name
    key = session.key_showing(shown.id if shown else NEW, "sweep_choice")
    st.selectbox(
        "Sweep", list(labels), key=key, format_func=lambda i: labels.get(i, i), on_change=_store_chosen, args=(key,),
        help="A sweep trains several values of one setting, and compares them.", width=560,
    )  # fmt: skip


def _labels() -> dict[str, str]:
    """The sweeps by id, the visitor's own first."""
    me = visitor.current()
    plans: list[tuple[Sweep, SweepPlan]] = []
    for sweep in resources.sweeps().sweeps():
        try:
            plans.append((sweep, sweep.plan()))
        except UnreadableSweep:  # deleted meanwhile
            continue
    plans.sort(key=lambda found: not me.owns(found[1]))
    return text.unique_labels(
        {
            sweep.id: " · ".join(
                [plan.name, state_label.date_text(plan.created), *([] if me.owns(plan) else [visitor.owner_text(plan)])]
            )
            for sweep, plan in plans
        }
    )


def _store_chosen(key: str) -> None:
    if key == session.versioned_key("sweep_choice"):
        session.SWEEP.set(st.session_state[key] or None)
        session.SWEEP_NOTE.set("")


def _caption(plan: SweepPlan) -> None:
    seeds = "" if plan.seeds == 1 else " The band is one standard deviation over the seeds; each ring is a run."
    st.caption(
        "Scores on the test images, of finished runs. Dashed: PCA with as many components as a code has numbers, on "
        f"the same images; the better of the two is bold in the table.{seeds} "
        f"All runs start from “{text.escaped(plan.recipe_title or plan.base.network.kind)}” on "
        f"{text.escaped(plan.base.dataset.title)}: {text.escaped(plan.base.length_text)}."
    )
