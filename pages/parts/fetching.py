"""Fetching a data set: a button, its progress, and how it ended. One fetch at a time for the whole server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass

import streamlit as st

from aecore.choices import kinds
from aecore.datasets import Dataset
from pages.parts import forms, frame

UNKNOWN = "The download ended unexpectedly. Nothing was changed; try again."


@dataclass
class Fetch:
    """One download, in a process of its own so that a stuck network cannot hold the server."""

    dataset: Dataset
    done: int = 0
    total: int = 0
    problem: str | None = None
    running: bool = True

    def run(self) -> None:
        command = [sys.executable, "-m", "aecore", "fetch", self.dataset.kind, "--json"]
        with subprocess.Popen(
            command, cwd=frame.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stderr
            for line in process.stdout:
                report = json.loads(line)
                self.done, self.total = report["done"], report["total"]
            told = process.stderr.read().strip().splitlines()
        if process.returncode:
            self.problem = told[-1].removeprefix("aecore: ") if told and told[-1].startswith("aecore:") else UNKNOWN
        self.running = False


@st.cache_resource
def _fetches() -> dict[str, Fetch]:
    return {}


def offer_data() -> None:
    """For each data set that is not on this machine: a way to get it."""
    possible = (option.model_validate({}) for option in kinds(Dataset).values() if option.download_bytes)
    for dataset in [d for d in possible if not d.available()]:
        fetch = _fetches().get(dataset.kind)
        if fetch and fetch.running:
            st.fragment(_progress, run_every=0.5)(dataset.kind)
            continue
        st.button(
            f"Fetch {dataset.title} ({dataset.download_bytes / 1e6:.0f} MB)",
            icon=":material/download:",
            type="tertiary",
            key=f"fetch-{dataset.kind}",
            on_click=_begin,
            args=(dataset,),
        )
        if fetch and fetch.problem:
            frame.problem(fetch.problem)


def _begin(dataset: Dataset) -> None:
    fetch = _fetches().get(dataset.kind)
    if fetch and fetch.running:
        return
    fetch = _fetches()[dataset.kind] = Fetch(dataset)
    threading.Thread(target=fetch.run, daemon=True).start()


@frame.calm("The download")
def _progress(kind: str) -> None:
    fetch = _fetches()[kind]
    if not fetch.running:
        if fetch.problem is None and forms.has_draft():
            forms.put(("dataset",), fetch.dataset.model_dump(mode="json"))  # the fullest data is the default
        st.rerun()
    share = fetch.done / fetch.total if fetch.total else 0.0
    st.progress(share, f"Fetching {fetch.dataset.title}: {fetch.done / 1e6:.1f} of {fetch.total / 1e6:.1f} MB")
