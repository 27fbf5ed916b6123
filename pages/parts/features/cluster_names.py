"""The names of clusters of codes: stored with the run, or in the session where the visitor may not change the run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.evaluation.features.clusters import METHODS
from aecore.runs.computed.cluster_names import MAX_NAME_LENGTH, Names, named, read_names, store_name
from aecore.runs.run import Run
from aecore.utils.one_line import one_line
from pages.parts.shell import session
from pages.parts.shell.actions import attempt_change
from pages.parts.visitors import visitor

PLACE = "cluster-names"  # of refusals


def all_names(run: Run, step: int | None) -> Names:
    """The names by method and count of clusters; what the visitor entered has precedence over what is stored."""
    return read_names(run, step) | session.CLUSTER_NAMES.get().get(_session_key(run, step), {})


def key_of(method: str, count: int) -> str:
    """The key of one clustering in `all_names`."""
    return f"{method}-{count}"


def clustering_title(method: str, count: int) -> str:
    """What one clustering is called on the latent map, and in its address."""
    return f"{count} clusters, {METHODS[method].title}"


def named_clusterings(names: Names) -> dict[str, tuple[str, int]]:
    """Method and count, by their key, of the clusterings of which a cluster has a name."""
    parts = {key: key.rpartition("-") for key, given in names.items() if given}
    return {
        key: (method, int(count)) for key, (method, _, count) in parts.items() if method in METHODS and count.isdigit()
    }


def cluster_names(names: Names, method: str, count: int) -> list[str]:
    """The names of all clusters; those without a name are numbered from 1."""
    given = names.get(key_of(method, count), {})
    return [given.get(cluster) or f"Cluster {cluster + 1}" for cluster in range(count)]


def name_input(run: Run, step: int | None, method: str, names: Sequence[str], cluster: int) -> None:
    """Draw a text field that names a cluster; an empty one takes the name away."""
    key = f"cluster-name-{run.id}-{step}-{key_of(method, len(names))}-{cluster}"
    unnamed = f"Cluster {cluster + 1}"
    st.text_input(
        f"Name of cluster {cluster + 1}", "" if names[cluster] == unnamed else names[cluster], key=key,
        max_chars=MAX_NAME_LENGTH, placeholder="Name this cluster", label_visibility="collapsed",
        on_change=_rename, args=(run, step, key_of(method, len(names)), cluster, key),
    )  # fmt: skip


def _rename(run: Run, step: int | None, clustering: str, cluster: int, key: str) -> None:
    name = one_line(st.session_state[key])
    if visitor.may_change(run):
        attempt_change(run, "name its clusters", lambda: store_name(run, step, clustering, cluster, name), PLACE)
    else:
        session.CLUSTER_NAMES.get()[_session_key(run, step)] = named(all_names(run, step), clustering, cluster, name)


def _session_key(run: Run, step: int | None) -> tuple[str, int | None]:
    return run.id, step
