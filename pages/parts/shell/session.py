"""Every key of `st.session_state` that the app sets, with its type and meaning; and keys of widgets that the app fills.

A session outlives its browser tab, so it holds ids, numbers and texts, never tensors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from pages.parts.shell.jobs import Job

T = TypeVar("T")


class SessionKey(Generic[T]):
    """A typed entry of the session, absent until it is first set."""

    def __init__(self, name: str, default: Callable[[], T]) -> None:
        self.name, self._default = name, default

    def get(self) -> T:
        """The value; the default, which is then stored, if there is none."""
        return cast(T, st.session_state.setdefault(self.name, self._default()))

    def set(self, value: T) -> None:
        """Store a value."""
        st.session_state[self.name] = value

    def exists(self) -> bool:
        """Whether a value is stored."""
        return self.name in st.session_state

    def pop(self) -> T:
        """Remove the value and return it; the default if there is none."""
        return cast(T, st.session_state.pop(self.name, self._default()))


def _none() -> Any:
    return None


# Shell
PAGE: SessionKey[str | None] = SessionKey("page", _none)  # the page drawn last, by its url_path
NOTE: SessionKey[str | None] = SessionKey("note", _none)  # a message for the top of the page
VERSIONS: SessionKey[Counter[tuple[str, ...]]] = SessionKey("versions", Counter)  # see `versioned_key`

# Runs
RUN: SessionKey[str | None] = SessionKey("run", _none)  # id of the selected run
REFUSAL: SessionKey[str | None] = SessionKey("refusal", _none)  # why the last action was refused, shown once

# Latent
LATENT_STEP: SessionKey[tuple[str, int | None]] = SessionKey("latent_step", lambda: ("", None))  # run id, shown step
VIEW: SessionKey[str | None] = SessionKey("view", _none)  # title of the latent view; a widget's key, in the address
SELECTED_POINT: SessionKey[int | None] = SessionKey("point", _none)  # number from 1; a widget's key, in the address
SELECTION: SessionKey[tuple[tuple[str, int | None, int] | None, list[int]]] = SessionKey(
    "selection", lambda: (None, [])
)  # box or lasso: run id, step and number of its codes, and the indices of the points
INTERPOLATION_ENDS: SessionKey[tuple[int, int]] = SessionKey("interpolation_ends", lambda: (1, 2))  # indices; -1: own
OWN_IMAGE_SOURCE: SessionKey[str] = SessionKey("own_image_source", str)  # "Draw" or "Upload"; a widget's key
SAMPLE_SEED: SessionKey[int] = SessionKey("sample_seed", int)  # of the random codes
REQUESTED_MAPS: SessionKey[set[str]] = SessionKey("requested_maps", set)  # jobs this visitor started, failed or not
ENDED_MAP_JOB: SessionKey[Job | None] = SessionKey("ended_map_job", _none)  # the job whose end the page has seen


def map_axes(run_id: str) -> SessionKey[dict[int, int]]:
    """The latent dimension chosen for each axis of a run's map."""
    return SessionKey(f"map_axes-{run_id}", dict)


def versioned_key(*path: str) -> str:
    """The key of a widget whose value the app sets: a new key whenever `new_version` is called for it.

    The browser sends the values of all widgets with each request. A request sent before it received the app's new
    value would, under the old key, count as the visitor's change back.
    """
    versions = VERSIONS.get()
    return f"{'.'.join(path)}#{sum(versions[path[:depth]] for depth in range(len(path) + 1))}"


def new_version(*path: str) -> None:
    """Give the widget at `path`, and all below it, new keys from now on."""
    VERSIONS.get()[path] += 1
