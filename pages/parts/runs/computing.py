"""What a separate process computes and stores with a run: started once, with its progress on the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from aecore.runs.run import Run
from pages.parts.shell import errors, jobs, session, text


def request(run: Run, module: str, label: str, *arguments: str, folder: str = "computed", heavy: bool = True) -> None:
    """Have a module compute, once in a session unless the visitor tries again, and show the progress.

    Those that the session requested of the same module and run with other arguments do not begin any more: a slider
    moved over ten values must not make everyone wait for ten computations.

    Args:
        run: the run.
        module: in the folder of `aecore.runs`.
        label: a sentence for the progress bar.
        arguments: of the module, after the run's folder.
        folder: of the module.
        heavy: whether it waits for other heavy jobs.
    """
    of_run = f"{module}-{run.id}-"
    name = of_run + "-".join([str(run.model_step()), *arguments])
    command = [f"aecore.runs.{folder}.{module}", str(run.folder), *arguments]
    requested = session.REQUESTED_SCORES.get()
    for other in [other for other in requested if other.startswith(of_run) and other != name]:
        if jobs.withdraw(other):
            requested.discard(other)
    if name not in requested:
        jobs.start(name, command, heavy)
    requested.add(name)
    _show_progress(name, command, heavy, f"{label} The result is stored with the run: this happens only once.")


@errors.fragment("The scores' progress", run_every=1.0)
def _show_progress(name: str, command: list[str], heavy: bool, label: str) -> None:
    job = jobs.job(name)
    if job and job.running:
        st.progress(job.share, "Waiting for other computations." if job.waits else label)
        return
    ended = session.ENDED_SCORES_JOBS.get()
    if name not in ended or ended[name] is not job or not Path(command[1]).is_dir():
        ended[name] = job  # rerun the page once: it reads the result, or shows another run
        st.rerun()
    text.problem((job and job.problem) or "What was computed is not of this run.")
    st.button("Try again", key=f"again-{name}", on_click=jobs.start, args=(name, command, heavy))
