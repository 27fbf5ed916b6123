"""The run view: one run while it trains and afterwards, the same on every page that shows a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.images import to_pixels
from aecore.runs.run import Examples, Run
from aecore.runs.state import State
from aecore.training.diagnostics import diagnose
from pages.parts.images.html import strips
from pages.parts.runs import metrics_table, resume_form, state_label
from pages.parts.runs.loss_chart import loss_chart
from pages.parts.runs.replay import replay
from pages.parts.shell import errors, navigation, resources, text, visitor
from pages.parts.shell.actions import attempt_change

SECONDS_BETWEEN_UPDATES = 0.4
SECONDS_TO_STOP = 0.8  # most workers stop sooner
LIVE_CHART_HEIGHT = 330
FINAL_CHART_HEIGHT = 250

Records = Sequence[dict[str, Any]]


def run_view(run: Run) -> None:
    """Show a run's example images, loss curve and metrics: live while it is active, with a replay afterwards."""
    state = run.state()
    if state.active:
        _live_view(run)
    else:
        _final_view(run, state)


@errors.fragment("The live view", run_every=SECONDS_BETWEEN_UPDATES)
def _live_view(run: Run) -> None:
    try:
        state = run.state()
    except UnreadableRun:
        st.rerun()
    if not state.active:
        st.rerun()  # the whole page, which shows more of a run that has ended
    position = state_label.queue_position(run, state)
    live = run.live() if state.status == "training" else None
    examples = run.examples() if live else None
    row = _title_row(run, state, position, metrics_table.progress_text(live.metrics, run.config()) if live else "")
    if visitor.may_change(run):
        row.button("Stop", icon=":material/stop:", key=f"stop-{run.id}", on_click=_stop, args=(run,))
    st.progress(min(1.0, live.metrics["step"] / live.metrics["steps"]) if live else 0.0)
    if live is None or examples is None:
        st.caption(_waiting_text(position))
        return
    config, records = run.config(), run.metrics()
    _example_images(examples, live.reconstructions)
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        metrics_table.live_metrics(live.metrics, config)
    _diagnostics(config, records, live.reconstructions)
    _loss_curve(run, config, records, row, LIVE_CHART_HEIGHT)


def _final_view(run: Run, state: State) -> None:
    config, records, examples = run.config(), run.metrics(), run.examples()
    row = _title_row(run, state)
    if visitor.may_change(run):
        resume_form.popover(row, run, config, records)
    if state.reason:
        text.problem(state.reason) if state.status == "failed" else text.info(state.reason)
    if not records or examples is None:
        st.caption("Training has not begun. Continue this run, or start another one.")
        return
    replay(run, config, records, examples, _chart_key(run))
    _diagnostics(config, records, run.latest_reconstructions())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        metrics_table.scores_table(run, config)
    metrics_table.validation_caption(records)
    _loss_curve(run, config, records, row, FINAL_CHART_HEIGHT)
    _page_links(run)


def _page_links(run: Run) -> None:
    """Links to the pages that explore a trained model, with this run selected."""
    with st.container(horizontal=True):
        for info in navigation.PAGES:
            if info.uses_a_run:
                st.page_link(info.file, label=info.title, icon=info.icon, query_params={"run": run.id})


def _title_row(run: Run, state: State, position: int | None = None, progress: str = "") -> DeltaGenerator:
    """State, name and progress of a run; returns the row, in which the caller adds a button."""
    row = st.container(horizontal=True, vertical_alignment="center")
    label = state_label.state_text(run, state, position)
    line = f"{state_label.ICONS[state.status]} **{label}** · {text.escaped(state.name)}"
    row.markdown(f"{line} · {progress}" if progress else line, width="stretch")
    return row


def _stop(run: Run) -> None:
    """Stop the run, and wait a moment for it, so that the page is drawn with the new state."""
    if attempt_change(run, "stop it", lambda: resources.queue().stop(run)):
        deadline = time.monotonic() + SECONDS_TO_STOP
        while run.state().active and time.monotonic() < deadline:
            time.sleep(0.02)


def _waiting_text(position: int | None) -> str:
    if position:
        return "Training starts automatically after the runs ahead of it. You can leave or close this page."
    return "Loading the data and taking the first step …"


def _example_images(examples: Examples, reconstructions: Tensor) -> None:
    noisy = [] if examples.noisy is None else [("noisy", examples.noisy)]
    rows = [("original", examples.originals), *noisy, ("reconstruction", reconstructions)]
    strips([(label, to_pixels(images)) for label, images in rows], "the test set")


def _diagnostics(config: RunConfig, records: Records, reconstructions: Tensor | None) -> None:
    """Which common failures this training shows, and what to do about them."""
    for diagnosis in diagnose(config, list(records), reconstructions):
        st.caption(f":material/lightbulb: {diagnosis}")


def _loss_curve(run: Run, config: RunConfig, records: Records, corner: DeltaGenerator, height: int) -> None:
    """The loss chart; its toggle goes into `corner`."""
    log_axis = corner.toggle(
        "Log loss", key="log", help="A logarithmic axis shows small late improvements.", persist_state="session"
    )
    loss_chart(records, config, run.results("baseline"), log_axis, _chart_key(run), height)


def _chart_key(run: Run) -> str:
    return f"curve-{run.id}"
