"""Downloads of datasets: a button for each, its progress and its result. They are shared by all visitors."""

from __future__ import annotations

import streamlit as st

from aecore.data import Dataset
from aecore.options.registry import options_by_kind
from pages.parts.shell import errors, jobs, session, text
from pages.parts.train import draft


def download_buttons() -> None:
    """A button, or the progress of the download, for each dataset that is not on this machine."""
    downloadable = (option.model_validate({}) for option in options_by_kind(Dataset).values() if option.download_bytes)
    for dataset in [d for d in downloadable if not d.available()]:
        job = jobs.job(_job_name(dataset))
        if job and job.running:
            _progress(dataset)
            continue
        st.button(
            f"Download {dataset.title} ({dataset.download_bytes / 1e6:.0f} MB)",
            icon=":material/download:",
            type="tertiary",
            key=f"download-{dataset.kind}",
            on_click=jobs.start,
            args=(_job_name(dataset), ["aecore", "fetch", dataset.kind, "--json"]),
        )
        if job and job.problem:
            text.problem(job.problem)


def _job_name(dataset: Dataset) -> str:
    return f"download-{dataset.kind}"


@errors.fragment("The download", run_every=1.0)
def _progress(dataset: Dataset) -> None:
    job = jobs.job(_job_name(dataset))
    if job is None or not job.running:
        if job and job.problem is None and session.DRAFT.exists():
            draft.fill_group("dataset", dataset)
        st.rerun()
    st.progress(job.share, f"Downloading {dataset.title}: {job.done / 1e6:.1f} of {job.total / 1e6:.1f} MB")
