"""The buttons of a sweep: stop, continue, compare its runs, delete."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import SweepResults
from aecore.runs.sweeps.sweep import Sweep
from pages.parts.compare.choice import MOST
from pages.parts.shell import session, text
from pages.parts.shell.actions import attempt, check_sweep_limits, show_refusal
from pages.parts.sweeps import work
from pages.parts.visitors import visitor

_PLACE = "sweep-actions"  # of refusals
IMAGES = "Images"  # the section that shows the compared runs


def actions(sweep: Sweep, plan: SweepPlan, results: SweepResults, is_working: bool) -> None:
    """Draw the buttons that make sense now; for a sweep of someone else, say why there are none."""
    row = st.container(horizontal=True, vertical_alignment="center")
    finished = [run.run for point in results.points for run in point.runs[:1] if run.scores and run.run]
    if visitor.current().may_change_sweep(plan):
        if results.status == "training":
            _button(row, "Stop", ":material/stop:", sweep, plan, "stop it", lambda: work.stop(sweep), is_working)
        elif results.status != "finished":
            left = len(results.runs) - results.finished
            _button(
                row, "Continue", ":material/play_arrow:", sweep, plan, "continue it",
                lambda: _continue(sweep, plan, left), is_working,
            )  # fmt: skip
        _delete_popover(row, sweep, plan, len(results.runs), is_working)
    else:
        st.caption(f"This sweep belongs to {visitor.owner_text(plan)}; only they can stop, continue or delete it.")
    if len(finished) > 1:
        row.button(
            "Compare its images", key=f"compare-{sweep.id}", icon=":material/compare:", on_click=_compare,
            args=(_spread_out(finished),), help=f"Shows at most {MOST} of its runs side by side.",
        )  # fmt: skip
    show_refusal(_PLACE)
    ended = work.current(sweep.id)
    if ended and not ended.running and ended.problem:
        text.problem(ended.problem)


def _button(
    place: st.delta_generator.DeltaGenerator, label: str, icon: str, sweep: Sweep, plan: SweepPlan, what: str,
    action: Callable[[], None], disabled: bool,
) -> None:  # fmt: skip
    key = f"{label.lower()}-{sweep.id}"
    place.button(label, key=key, icon=icon, disabled=disabled, on_click=_attempt, args=(plan, what, action))


def _delete_popover(
    place: st.delta_generator.DeltaGenerator, sweep: Sweep, plan: SweepPlan, runs: int, disabled: bool
) -> None:
    popover = place.popover("Delete", icon=":material/delete:", key=f"delete-popover-{sweep.id}", disabled=disabled)
    with popover:
        st.caption(f"Deleting “{text.escaped(plan.name)}” removes its {runs} runs, models and curves permanently.")
        confirmed = st.checkbox("Yes, delete this sweep and its runs", key=f"sure-{sweep.id}")
    _button(
        popover, "Delete sweep", ":material/delete:", sweep, plan, "delete it", lambda: work.delete(sweep),
        not confirmed,
    )  # fmt: skip


def _attempt(plan: SweepPlan, what: str, action: Callable[[], None]) -> None:
    def checked() -> None:
        if not visitor.current().may_change_sweep(plan):
            raise PermissionError(f"This sweep belongs to {visitor.owner_text(plan)}; only they can {what}.")
        action()

    attempt(checked, _PLACE)


def _continue(sweep: Sweep, plan: SweepPlan, left: int) -> None:
    check_sweep_limits(plan, left)
    work.start(sweep)


def _spread_out(runs: list[str]) -> list[str]:
    """At most as many as can be compared, from the first to the last."""
    count = min(MOST, len(runs))
    return [runs[round(i * (len(runs) - 1) / max(1, count - 1))] for i in range(count)]


def _compare(runs: list[str]) -> None:
    session.COMPARED.set(runs)
    session.COMPARED_NOTE.set("")
    st.session_state[session.COMPARE_SECTION.name] = IMAGES
