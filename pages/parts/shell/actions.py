"""Actions of visitors that the disk or a run's state may refuse, and the message that says so."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.errors import (
    IncompatibleSettings,
    LimitExceeded,
    RunNotFound,
    SweepNotFound,
    UnreadableRun,
    UnreadableSweep,
)
from aecore.runs.run import Run
from aecore.runs.sweeps.plan import SweepPlan
from aecore.utils.files import disk_error_message
from aecore.utils.settings import Limits, settings
from aecore.workers import limits
from pages.parts.shell import resources, session, text
from pages.parts.visitors import visitor


def attempt(action: Callable[[], object], place: str) -> bool:
    """Call `action` and return whether it succeeded; if not, the next `show_refusal` with this `place` says why."""
    try:
        action()
        return True
    except OSError as error:
        refusal = disk_error_message(resources.store().root, error)
    except (LimitExceeded, IncompatibleSettings, UnreadableRun, RunNotFound, UnreadableSweep, SweepNotFound) as error:
        refusal = str(error)
    except Exception:  # callbacks run outside the page's error boundary
        traceback.print_exc(file=sys.stderr)
        refusal = "This action failed. Nothing was changed. The terminal shows the details."
    session.REFUSAL.set((place, refusal))
    return False


def attempt_change(run: Run, what: str, change: Callable[[], object], place: str) -> bool:
    """Call `change` as `attempt` does, if the visitor may change the run; `what` is the change: "stop it"."""

    if not run.folder.is_dir():
        return False  # deleted elsewhere: the page says so, and shows another run

    def checked() -> None:
        visitor.check_may_change(run, what)
        change()

    return attempt(checked, place)


def check_limits(config: RunConfig, run: Run | None = None) -> float | None:
    """Refuse a training that exceeds the visitor's limits.

    Args:
        config: what is to be trained.
        run: the run to be continued; None for a new one.

    Returns:
        The longest training in seconds; None: no limit.

    Raises:
        LimitExceeded: the message says what to do.
        UnreadableRun: the run was deleted or is damaged.
    """
    me, allowed = visitor.current(), settings().limits
    if me.admin or me.owner is None:
        return None
    limits.check(config, me.owner, resources.store().entries(), allowed)
    if run:
        limits.check_continued(run, allowed)
    return 60.0 * allowed.minutes


def check_sweep_limits(plan: SweepPlan, runs: int | None = None) -> float | None:
    """Refuse a sweep that exceeds the visitor's limits; `runs` of it are queued, by default all.

    Returns:
        The longest training of each run in seconds; None: no limit.

    Raises:
        LimitExceeded: the message says what to do.
    """
    me, allowed = visitor.current(), settings().limits
    if me.admin or me.owner is None:
        return None
    limits.check_sweep(plan, me.owner, resources.store().entries(), allowed, runs)
    return 60.0 * allowed.minutes


def size_problem(config: RunConfig) -> str:
    """Why a model is larger than the visitor may train here; empty if it is not."""
    me = visitor.current()
    return "" if me.admin or me.owner is None else _size_problem(config.to_json(), settings().limits, config)


@st.cache_data(max_entries=64, show_spinner=False)
def _size_problem(key: str, allowed: Limits, _config: RunConfig) -> str:
    try:
        limits.check_size(_config, allowed)
    except LimitExceeded as error:
        return str(error)
    return ""


def show_refusal(place: str) -> None:
    """Show, once, why the last action of this place was refused; call it beside the button."""
    refusal = session.REFUSAL.get()
    if refusal and refusal[0] == place:
        session.REFUSAL.pop()
        text.problem(refusal[1])
