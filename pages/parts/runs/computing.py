"""Scores that a separate process computes and stores with a run: started once, with their progress on the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from aecore.runs.run import Run
from pages.parts.shell import errors, jobs, session, text


def request(run: Run, module: str, label: str, *arguments: str) -> None:
    """Have a module compute scores, once in a session unless the visitor tries again, and show the progress.

    Args:
        run: the run.
        module: in `aecore.runs.files`.
        label: a sentence for the progress bar.
        arguments: of the module, after the run's folder.
    """
    name = "-".join([module, run.id, str(run.model_step()), *arguments])
    command = [f"aecore.runs.files.{module}", str(run.folder), *arguments]
    requested = session.REQUESTED_SCORES.get()
    if name not in requested:
        jobs.start(name, command, heavy=True)
    requested.add(name)
    _show_progress(name, command, f"{label} The result is stored with the run: this happens only once.")


@errors.fragment("The scores' progress", run_every=1.0)
def _show_progress(name: str, command: list[str], label: str) -> None:
    job = jobs.job(name)
    if job and job.running:
        st.progress(job.share, "Waiting for other computations." if job.waits else label)
        return
    if session.ENDED_SCORES_JOB.get() is not job or not Path(command[1]).is_dir():
        session.ENDED_SCORES_JOB.set(job)  # rerun the page once: it reads the scores, or shows another run
        st.rerun()
    text.problem((job and job.problem) or "The scores that were computed are not those of this run.")
    st.button("Try again", on_click=jobs.start, args=(name, command, True))
