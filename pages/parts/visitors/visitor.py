"""Who the visitor is, and which runs they may change: all on their own machine, only their own elsewhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.runs.sweeps.plan import SweepPlan
from pages.parts.shell import session
from pages.parts.visitors import admin
from pages.parts.visitors.local import is_local
from pages.parts.visitors.visitor_cookie import visitor_ids


@dataclass(frozen=True)
class Visitor:
    """A visitor by the owner that their runs store; None is the owner of the machine, at that machine."""

    owner: str | None
    admin: bool = False  # entered the teacher's key

    def owns(self, owned: State | SweepPlan) -> bool:
        """Whether a run or a sweep is theirs. At one's own machine every one is, whoever started it."""
        return self.owner is None or owned.owner == self.owner

    def may_change(self, run: Run) -> bool:
        """Whether they may stop, rename, continue and delete a run. Raises UnreadableRun."""
        return not run.read_only and (self.admin or self.owns(run.state()))

    def may_change_sweep(self, plan: SweepPlan) -> bool:
        """Whether they may stop, continue and delete a sweep."""
        return self.admin or self.owns(plan)


def current() -> Visitor:
    """The visitor for whom the script runs."""
    if is_local(st.context.headers, st.context.ip_address):
        return Visitor(None)
    # Without a valid cookie, as where a browser refuses cookies, the id lasts as long as the session.
    owner = visitor_ids().owner(st.context.cookies) or session.VISITOR.get() or secrets.token_hex(16)
    session.VISITOR.set(owner)
    return Visitor(owner, admin.is_open_for(owner))


def owner_id() -> str | None:
    """The owner that the visitor's new runs store."""
    return current().owner


def may_change(run: Run) -> bool:
    """Whether the visitor may stop, rename, continue and delete a run. Raises UnreadableRun."""
    return current().may_change(run)


def check_may_change(run: Run, action: str) -> None:
    """Refuse a change that the visitor may not make.

    Args:
        run: the run.
        action: what they want to do, for the message: "stop it".

    Raises:
        PermissionError: the run belongs to someone else.
        UnreadableRun: the run was deleted or is damaged.
    """
    if not run.read_only and not may_change(run):  # starter models refuse changes themselves
        raise PermissionError(belongs_to(run, action))


def belongs_to(run: Run, action: str) -> str:
    """The sentence for a run that the visitor may not change."""
    return f"This run belongs to {owner_text(run.state())}; only they can {action}."


def owner_text(owned: State | SweepPlan) -> str:
    """Who owns a run or a sweep that is not the visitor's."""
    return "the owner of this server" if owned.owner is None else "another visitor"
