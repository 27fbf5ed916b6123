"""The keys of `st.session_state` that the app sets, with their types and meanings, and versioned widget keys.

A session outlives its browser tab, so it holds ids, numbers and texts, never tensors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import streamlit as st

from pages.parts.shell.jobs import Job
from pages.parts.shell.train_requests import TrainRequests

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from aecore.data import Dataset
    from pages.parts.images.uploads import UploadedImage

T = TypeVar("T")


class SessionKey(Generic[T]):
    """A typed entry of the session, absent until it is first set."""

    def __init__(self, name: str, default: Callable[[], T]) -> None:
        self.name, self._default = name, default

    def get(self) -> T:
        """Return the value; if there is none, store the default and return it."""
        return cast(T, st.session_state.setdefault(self.name, self._default()))

    def set(self, value: T) -> None:
        """Store `value`."""
        st.session_state[self.name] = value

    def exists(self) -> bool:
        """Whether a value is stored."""
        return self.name in st.session_state

    def correct(self, is_possible: Callable[[T], bool], otherwise: T) -> None:
        """Replace the value if it is not possible here, such as one that was chosen for another run.

        An absent key stays absent: its widget then takes its value from the address.
        """
        if self.exists() and not is_possible(self.get()):
            self.set(otherwise)

    def pop(self) -> T:
        """Remove the value and return it, or return the default if there is none."""
        return cast(T, st.session_state.pop(self.name, self._default()))


def _none() -> Any:
    return None


# Shell
PAGE: SessionKey[str | None] = SessionKey("page", _none)  # the page drawn last, by its url_path
NOTE: SessionKey[str | None] = SessionKey("note", _none)  # a message for the top of the page
VERSIONS: SessionKey[Counter[tuple[str, ...]]] = SessionKey("versions", Counter)  # see `versioned_key`

VISITOR: SessionKey[str | None] = SessionKey("visitor", _none)  # owner id, where the browser sends no cookie
ADMIN_PROBLEM: SessionKey[str | None] = SessionKey("admin_problem", _none)  # why a key was refused, shown once

# Runs
RUN: SessionKey[str | None] = SessionKey("run", _none)  # id of the selected run
STARTER_SHOWN: SessionKey[bool] = SessionKey("starter_shown", bool)  # whether the app, not the visitor, selected one
REFUSAL: SessionKey[tuple[str, str] | None] = SessionKey("refusal", _none)  # where and why an action failed, said once
GROUP_RUNS: SessionKey[dict[str, str]] = SessionKey("group_runs", dict)  # id of the run last seen in each group

# Train button
TRAIN_REQUESTS: SessionKey[TrainRequests] = SessionKey("train_requests", TrainRequests)  # see `train_button`

# Latent
LATENT_STEP: SessionKey[tuple[str, int | None]] = SessionKey("latent_step", lambda: ("", None))  # run id, shown step
VIEW: SessionKey[str | None] = SessionKey("view", _none)  # title of the latent view; a widget's key, in the address
MAP: SessionKey[str | None] = SessionKey("map", _none)  # kind of the map; a widget's key, in the address
MAP_COLORS: SessionKey[str | None] = SessionKey("colors", _none)  # a widget's key, in the address
MAP_DEFAULT: SessionKey[str] = SessionKey("map_default", str)  # kind with which the run shown last opens
SELECTED_POINT: SessionKey[int | None] = SessionKey("point", _none)  # number from 1; a widget's key, in the address
SELECTION: SessionKey[tuple[tuple[str, int | None, int] | None, list[int]]] = SessionKey(
    "selection", lambda: (None, [])
)  # box or lasso: run id, step and number of its codes, and the indices of the points
INTERPOLATION_ENDS: SessionKey[tuple[int, int]] = SessionKey("interpolation_ends", lambda: (1, 2))  # indices; -1: own
OWN_IMAGE_SOURCE: SessionKey[str] = SessionKey("own_image_source", str)  # "Draw" or "Upload"; a widget's key
SAMPLE_SEED: SessionKey[int] = SessionKey("sample_seed", int)  # of the random codes
REQUESTED_MAPS: SessionKey[set[str]] = SessionKey("requested_maps", set)  # jobs this visitor started, failed or not
NO_WEBGL: SessionKey[bool] = SessionKey("no_webgl", bool)  # the browser has said that it has none
ENDED_MAP_JOB: SessionKey[Job | None] = SessionKey("ended_map_job", _none)  # the job whose end the page has seen

# Compare
COMPARE_SECTION: SessionKey[str | None] = SessionKey("section", _none)  # a widget's key, in the address
SCORES_FILTER: SessionKey[str] = SessionKey("filter", str)  # a widget's key, in the address
PARALLEL: SessionKey[bool] = SessionKey("parallel", bool)  # a widget's key, in the address
COMPARED: SessionKey[list[str]] = SessionKey("compared", list)  # ids of the runs
COMPARED_NOTE: SessionKey[str] = SessionKey("compared_note", str)  # why others than those requested are shown
SWEEP: SessionKey[str | None] = SessionKey("sweep_shown", _none)  # id of the sweep; None: the form of a new one
SWEEP_NOTE: SessionKey[str] = SessionKey("sweep_note", str)  # why another sweep than the requested one is shown
SWEEP_SEEN: SessionKey[tuple[str, str]] = SessionKey("sweep_seen", lambda: ("", ""))  # id and name of that shown last
SWEEP_DRAFT: SessionKey[dict[str, Any]] = SessionKey("sweep_draft", dict)  # the form as entered, see sweeps/form.py
SWEEP_MEMBERS: SessionKey[dict[str, str]] = SessionKey("sweep_members", dict)  # id of the run last seen in each sweep

# Features
FEATURES_SECTION: SessionKey[str | None] = SessionKey("features", _none)  # a widget's key, in the address
CLASSIFIER: SessionKey[str] = SessionKey("classifier", str)  # a widget's key, in the address
CLUSTER_COUNT: SessionKey[int] = SessionKey("clusters", int)  # a widget's key, in the address
CLUSTER_METHOD: SessionKey[str] = SessionKey("method", str)  # a widget's key, in the address
CLUSTER_NAMES: SessionKey[dict[tuple[str, int | None], dict[str, dict[int, str]]]] = SessionKey(
    "cluster_names", dict
)  # by run id and step, where the visitor may not change the run; see features/cluster_names.py
CLUSTERED: SessionKey[str] = SessionKey("clustered", str)  # name of a representation; a widget's key, in the address
NEIGHBORS_QUERY: SessionKey[int] = SessionKey("neighbors_of", int)  # number from 1; a widget's key, in the address
FACTOR: SessionKey[str] = SessionKey("factor", str)  # the turned one; a widget's key, in the address
FACTOR_MATRIX: SessionKey[str] = SessionKey("factors_by", str)  # a widget's key, in the address

# Compress
PACKING: SessionKey[str] = SessionKey(
    "packing", str
)  # one image per file or all in one; a widget's key, in the address
FIDELITY: SessionKey[str] = SessionKey("fidelity", str)  # PSNR or SSIM; a widget's key, in the address
FILE_BITS: SessionKey[int] = SessionKey("file_bits", int)  # per number; a widget's key, in the address
FILE_COUNT: SessionKey[int] = SessionKey("file_count", int)  # of test images; a widget's key, in the address

# Anomalies
QUESTION_RUN: SessionKey[str | None] = SessionKey("question_run", _none)  # id of the run that the question follows
NORMAL_CLASS: SessionKey[int] = SessionKey("normal", int)  # to train on; a widget's key, in the address
NORMAL_DEFAULT: SessionKey[int | None] = SessionKey("normal_default", _none)  # the class of the run shown last
ANOMALY_SCORE: SessionKey[str] = SessionKey("anomaly_method", str)  # name of the shown method, in the address
COUNTERPART: SessionKey[bool] = SessionKey("counterpart", bool)  # a widget's key, in the address
REQUESTED_SCORES: SessionKey[set[str]] = SessionKey("requested_scores", set)  # jobs this visitor started
ENDED_SCORES_JOBS: SessionKey[dict[str, Job | None]] = SessionKey("ended_scores_jobs", dict)  # whose ends it has seen

# Train
RECIPE: SessionKey[str] = SessionKey("recipe", str)  # the recipe in the select box
DRAFT: SessionKey[dict[str, Any]] = SessionKey("draft", dict)  # settings as entered, see train/draft.py
DRAFT_RECIPE: SessionKey[str] = SessionKey("draft_recipe", str)  # the recipe that the draft started from
DRAFT_FITTED: SessionKey[Dataset | None] = SessionKey("draft_fitted", _none)  # the dataset that the draft is fitted to
DRAFT_FIELDS: SessionKey[dict[tuple[str, ...], FieldInfo]] = SessionKey("draft_fields", dict)  # on the page, by path
DRAFT_RATE_ENTERED: SessionKey[bool] = SessionKey("draft_rate_entered", bool)  # the learning rate, by the visitor
MORE_SETTINGS_OPEN: SessionKey[bool] = SessionKey("more_settings_open", bool)  # a widget's key
DRAFT_OPTIONS: SessionKey[dict[tuple[str, ...], dict[str, dict[str, Any]]]] = SessionKey(
    "draft_options", dict
)  # by path and kind: the settings that an option had when another one was selected
COLLECTION_PROBLEMS: SessionKey[list[str]] = SessionKey("collection_problems", list)  # of the last upload or deletion
NEW_COLLECTION: SessionKey[str | None] = SessionKey("new_collection", _none)  # id of the one saved since the run
COLLECTION_SAVED: SessionKey[str | None] = SessionKey("collection_saved", _none)  # success message of the last upload

# Images
UPLOADS: SessionKey[list[UploadedImage]] = SessionKey("uploads", list)  # uploads and photos, each the newest first
UPLOADS_OMITTED: SessionKey[str] = SessionKey("uploads_omitted", str)  # the source whose last files exceeded the limit
DRAWING: SessionKey[object] = SessionKey("drawing", dict)  # {"picture": base64 PNG, "strokes": [...]}, sent by a client


def map_axes(run_id: str) -> SessionKey[dict[int, int]]:
    """The latent dimension chosen for each axis of a run's map."""
    return SessionKey(f"map_axes-{run_id}", dict)


def noise_strength(kind: str) -> SessionKey[float]:
    """The strength chosen on the Denoise page for a kind of corruption."""
    return SessionKey(f"strength-{kind}", float)


def versioned_key(*path: str) -> str:
    """The key of a widget whose value the app sets. It changes whenever `new_version` is called for `path`.

    The browser sends the values of all widgets with each request. If the key stayed the same, a request from before the
    browser received the app's new value would look like the visitor's change back.
    """
    return f"{'.'.join(path)}#{version(*path)}"


def key_showing(value: object, *path: str) -> str:
    """The `versioned_key` of a widget that shows `value`, a new one if the app has changed the value."""
    key = versioned_key(*path)
    if st.session_state.get(key, value) != value:
        new_version(*path)
        key = versioned_key(*path)
    st.session_state[key] = value  # set in every script run, so that the browser shows new labels
    return key


def version(*path: str) -> int:
    """How often `new_version` was called for `path` or anything above it."""
    versions = VERSIONS.get()
    return sum(versions[path[:depth]] for depth in range(len(path) + 1))


def new_version(*path: str) -> None:
    """Give the widget at `path`, and all widgets below it, new keys."""
    VERSIONS.get()[path] += 1
