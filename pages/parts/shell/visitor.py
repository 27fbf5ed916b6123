"""Who the visitor is, and which runs they may change: all on their own machine, only their own elsewhere."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass

import streamlit as st

from aecore.runs.run import Run
from aecore.runs.state import State
from pages.parts.shell import admin, session
from pages.parts.shell.visitor_cookie import visitor_ids

PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


@dataclass(frozen=True)
class Visitor:
    """A visitor by the owner that their runs store; None is the owner of the machine, at that machine."""

    owner: str | None
    admin: bool = False  # entered the teacher's key

    def owns(self, state: State) -> bool:
        """Whether a run is theirs. At one's own machine every run is, whoever started it."""
        return self.owner is None or state.owner == self.owner

    def may_change(self, run: Run) -> bool:
        """Whether they may stop, rename, continue and delete a run. Raises UnreadableRun."""
        return not run.read_only and (self.admin or self.owns(run.state()))


def current() -> Visitor:
    """The visitor for whom the script runs."""
    if _is_local():
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
    owner = "the owner of this server" if run.state().owner is None else "another visitor"
    return f"This run belongs to {owner}; only they can {action}."


def _is_local() -> bool:
    """Whether server and browser are on one machine, without a proxy between them that serves others."""
    headers = st.context.headers
    return (
        _is_loopback(st.get_option("server.address") or "")
        and st.context.ip_address is None  # Streamlit's value for a loopback address
        and _is_loopback(_host_name(headers.get("Host", "localhost")))
        and not any(name in headers for name in PROXY_HEADERS)
    )


def _host_name(host: str) -> str:
    """`localhost` of `localhost:8501`, `::1` of `[::1]:8501`."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
