"""Fetching a data set: a button, its progress, and how it ended. One fetch at a time for the whole server."""

from __future__ import annotations

import streamlit as st

from aecore.data import Dataset
from aecore.options.registry import options_by_kind
from pages.parts.shell import errors, jobs, text
from pages.parts.train import settings_form


def offer_data() -> None:
    """For each data set that is not on this machine: a way to get it."""
    possible = (option.model_validate({}) for option in options_by_kind(Dataset).values() if option.download_bytes)
    for dataset in [d for d in possible if not d.available()]:
        fetch = jobs.job(_name(dataset))
        if fetch and fetch.running:
            errors.fragment("The download", run_every=0.5)(_progress)(dataset)
            continue
        st.button(
            f"Fetch {dataset.title} ({dataset.download_bytes / 1e6:.0f} MB)",
            icon=":material/download:",
            type="tertiary",
            key=f"fetch-{dataset.kind}",
            on_click=jobs.begin,
            args=(_name(dataset), ["aecore", "fetch", dataset.kind, "--json"]),
        )
        if fetch and fetch.problem:
            text.problem(fetch.problem)


def _name(dataset: Dataset) -> str:
    return f"fetch-{dataset.kind}"


def _progress(dataset: Dataset) -> None:
    fetch = jobs.job(_name(dataset))
    if fetch is None or not fetch.running:
        if fetch and fetch.problem is None and settings_form.has_draft():
            settings_form.put("dataset", dataset.model_dump(mode="json"))  # the fullest data is the default
        st.rerun()
    told = f"Fetching {dataset.title}: {fetch.done / 1e6:.1f} of {fetch.total / 1e6:.1f} MB"
    st.progress(fetch.share, told)
