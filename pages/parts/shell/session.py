"""Every key of `st.session_state` that the app sets, with its type and meaning; and keys of widgets that the app fills.

A session outlives its browser tab, so it holds ids, numbers and texts, never tensors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import streamlit as st

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from aecore.config.run_config import RunConfig
    from pages.parts.images.uploads import UploadedImage

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

# Train
RECIPE: SessionKey[str] = SessionKey("recipe", str)  # the recipe in the select box
DRAFT: SessionKey[dict[str, Any]] = SessionKey("draft", dict)  # settings as entered, see train/draft.py
DRAFT_RECIPE: SessionKey[str] = SessionKey("draft_recipe", str)  # the recipe that the draft started from
DRAFT_FIELDS: SessionKey[dict[tuple[str, ...], FieldInfo]] = SessionKey("draft_fields", dict)  # on the page, by path
VALID_CONFIG: SessionKey[RunConfig | None] = SessionKey("valid_config", _none)  # the last valid draft
COLLECTION_PROBLEMS: SessionKey[list[str]] = SessionKey("collection_problems", list)  # of the last upload or deletion
COLLECTION_SAVED: SessionKey[str | None] = SessionKey("collection_saved", _none)  # success message of the last upload

# Images
UPLOADS: SessionKey[list[UploadedImage]] = SessionKey("uploads", list)  # usable ones first, then those with a problem
UPLOADS_OMITTED: SessionKey[bool] = SessionKey("uploads_omitted", bool)  # whether the last upload exceeded the limit
DRAWING: SessionKey[object] = SessionKey("drawing", dict)  # {"picture": base64 PNG, "strokes": [...]}, sent by a client


def noise_strength(kind: str) -> SessionKey[float]:
    """The strength chosen on the Denoise page for a kind of corruption."""
    return SessionKey(f"strength-{kind}", float)


def versioned_key(*path: str) -> str:
    """The key of a widget whose value the app sets: a new key whenever `new_version` is called for it.

    The browser sends the values of all widgets with each request. A request sent before it received the app's new
    value would, under the old key, count as the visitor's change back.
    """
    return f"{'.'.join(path)}#{version(*path)}"


def version(*path: str) -> int:
    """How often `new_version` was called for `path` or anything above it."""
    versions = VERSIONS.get()
    return sum(versions[path[:depth]] for depth in range(len(path) + 1))


def new_version(*path: str) -> None:
    """Give the widget at `path`, and all below it, new keys from now on."""
    VERSIONS.get()[path] += 1
