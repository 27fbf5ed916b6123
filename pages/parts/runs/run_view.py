"""The stage: one run, as it trains and after. The same wherever a run is shown."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from aecore.errors import RunNotFound, UnreadableRun
from aecore.images import to_pixels
from aecore.runs.run import Examples, Run
from aecore.runs.state import State
from aecore.training.diagnostics import diagnose
from pages.parts.images.html import strips
from pages.parts.runs import loss_chart, metrics_table, picker, resume_form
from pages.parts.runs.replay import replay_of
from pages.parts.shell import errors, navigation, resources, text

SECONDS_BETWEEN_LOOKS = 0.4
SECONDS_TO_SEE_A_STOP = 0.8
LIVE_CHART_HEIGHT = 330
ENDED_CHART_HEIGHT = 250


def stage(run: Run) -> None:
    """A run's pictures, curve and numbers: live while it is active, as a replay afterwards."""
    state = run.state()
    if state.active:
        errors.fragment("The live view", run_every=SECONDS_BETWEEN_LOOKS)(_live)(run.id)
    else:
        _ended(run, state)


def _live(run_id: str) -> None:
    try:
        run = resources.store().get(run_id)
        state = run.state()
    except (RunNotFound, UnreadableRun):
        st.rerun()
    if not state.active:
        st.rerun()  # the whole page: it has more to show now
    live = run.live() if state.status == "training" else None
    examples = run.examples()
    _head(run, state, metrics_table.moment(live.metrics) if live else "")
    st.progress(min(1.0, live.metrics["step"] / live.metrics["steps"]) if live else 0.0)
    if live is None or examples is None:
        st.caption(_patience(run, state))
        return
    _digits(examples, live.reconstructions)
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        metrics_table.gauges(live.metrics, run.config())
    _explain(run, live.reconstructions)
    _curve(run, row, LIVE_CHART_HEIGHT)


def _ended(run: Run, state: State) -> None:
    _head(run, state, "")
    if state.reason:
        text.problem(state.reason) if state.status == "failed" else st.caption(f":material/info: {state.reason}")
    records, examples = run.metrics(), run.examples()
    if not records or examples is None:
        st.caption("It ended before the first step, so there is nothing to show. Continue it, or train another.")
        return
    replay_of(run, _chart_key(run))
    _explain(run, run.latest_reconstructions())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        metrics_table.scores(run)
    metrics_table.parts(records)
    _curve(run, row, ENDED_CHART_HEIGHT)
    _ways_on(run)


def _ways_on(run: Run) -> None:
    """To the pages that look closer at a trained model, with this run chosen."""
    with st.container(horizontal=True):
        for info in navigation.PAGES:
            if info.uses_a_run:
                st.page_link(info.file, label=info.title, icon=info.icon, query_params={"run": run.id})


def _head(run: Run, state: State, moment: str) -> None:
    """Name, state and moment on the left; Stop or Continue on the right."""
    row = st.container(horizontal=True, vertical_alignment="center")
    words = picker.words(run, state).capitalize()
    line = f"{picker.ICONS[state.status]} **{words}** · {text.escaped(state.name)}" + (f" · {moment}" if moment else "")
    row.markdown(line, width="stretch")
    if state.active:
        row.button("Stop", icon=":material/stop:", key=f"stop-{run.id}", on_click=_stop, args=(run,))
    elif not run.read_only:
        resume_form.popover(row, run)


def _stop(run: Run) -> None:
    """Ask it to stop, and give it the moment that it needs, so that the page is drawn in the new state."""
    if picker.attempt(lambda: resources.queue().stop(run)):
        deadline = time.monotonic() + SECONDS_TO_SEE_A_STOP
        while run.state().active and time.monotonic() < deadline:
            time.sleep(0.02)


def _patience(run: Run, state: State) -> str:
    if state.status == "queued" and resources.queue().position(run):
        return "It starts by itself when the runs before it are done. You can leave this page, or close it."
    return "Loading the pictures and taking the first step …"


def _digits(examples: Examples, reconstructions: Tensor) -> None:
    given = [] if examples.noisy is None else [("noisy", examples.noisy)]
    rows = [("original", examples.originals), *given, ("reconstruction", reconstructions)]
    strips([(label, to_pixels(pictures)) for label, pictures in rows], "the test set")


def _explain(run: Run, reconstructions: Tensor | None) -> None:
    """What has gone wrong in this training, if anything, and what to do about it."""
    for sentence in diagnose(run.config(), run.metrics(), reconstructions):
        st.caption(f":material/lightbulb: {sentence}")


def _curve(run: Run, corner: DeltaGenerator, height: int) -> None:
    told = "Logarithmic axis: late, small gains show as well."
    log = corner.toggle("Log loss", key="log", help=told, persist_state="session")
    loss_chart.loss_chart(run.metrics(), run.config(), run.results("baseline"), log, _chart_key(run), height)


def _chart_key(run: Run) -> str:
    return f"curve-{run.id}"
