"""The run view: one run while it trains and afterwards, the same on every page that shows a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.training.diagnostics import diagnose
from pages.parts.components.live_metrics import live_metrics
from pages.parts.components.live_status import live_status
from pages.parts.components.live_view import live_view
from pages.parts.runs import live_text, metrics_table, resume_form, state_label
from pages.parts.runs.live import live_layout
from pages.parts.runs.loss_chart import loss_chart
from pages.parts.runs.replay import replay
from pages.parts.shell import navigation, resources, text
from pages.parts.shell.actions import attempt_change, show_refusal
from pages.parts.visitors import visitor

SECONDS_TO_STOP = 0.8  # most workers stop sooner
LIVE_CHART_HEIGHT = 330
FINAL_CHART_HEIGHT = 250

Records = Sequence[dict[str, Any]]


def run_view(run: Run) -> None:
    """Show a run's example images, loss curve and metrics: live while it is active, with a replay afterwards."""
    state = run.state()
    if state.active:
        _live_view(run, state)
    else:
        _final_view(run, state)


def _live_view(run: Run, state: State) -> None:
    """Components that read the server's routes; they ask for a script run when the training has ended."""
    config = run.config()
    row = _title_row()
    with row:
        live_status(run.id, state.status, live_text.current_label(run, state), state.name, state_label.ICONS)
    if visitor.may_change(run):
        row.button("Stop", icon=":material/stop:", key=f"stop-{run.id}", on_click=_stop, args=(run,))
    show_refusal(resume_form.PLACE)
    live_view(run.id, **live_layout(config))
    row = st.container(horizontal=True, vertical_alignment="top")
    with row:
        live_metrics(run.id)
    loss_chart(run, config, None, _log_toggle(row), LIVE_CHART_HEIGHT)


def _final_view(run: Run, state: State) -> None:
    config, records, examples = run.config(), run.metrics(), run.examples()
    row = _title_row()
    label = state_label.state_text(run, state, None)
    row.markdown(f"{state_label.ICONS[state.status]} **{label}** · {text.escaped(state.name)}", width="stretch")
    if visitor.may_change(run):
        resume_form.popover(row, run, config, records)
    show_refusal(resume_form.PLACE)  # where the popover did not
    if state.reason:
        text.problem(state.reason) if state.status == "failed" else text.info(state.reason)
    if not records and run.model_step() is None:
        st.caption("Training has not begun. Continue this run, or start another one.")
        return
    if not records or examples is None:
        text.info("The images and losses that were recorded during this training are damaged or missing.")
    else:
        replay(run, config, records, examples)
    _diagnostics(config, records, run.latest_reconstructions())
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        metrics_table.scores_table(run, config)
    metrics_table.validation_caption(records)
    loss_chart(run, config, records, _log_toggle(row), FINAL_CHART_HEIGHT)
    _page_links(run)


def _page_links(run: Run) -> None:
    """Links to the pages that explore a trained model, with this run selected."""
    with st.container(horizontal=True):
        for info in navigation.PAGES:
            if info.uses_a_run:
                st.page_link(info.file, label=info.title, icon=info.icon, query_params={"run": run.id})


def _title_row() -> DeltaGenerator:
    """The row of a run's state, name and progress, in which the caller adds a button."""
    return st.container(horizontal=True, vertical_alignment="center")


def _stop(run: Run) -> None:
    """Stop the run, and wait a moment for it, so that the page is drawn with the new state."""
    if attempt_change(run, "stop it", lambda: resources.queue().stop(run), resume_form.PLACE):
        deadline = time.monotonic() + SECONDS_TO_STOP
        while run.state().active and time.monotonic() < deadline:
            time.sleep(0.02)


def _diagnostics(config: RunConfig, records: Records, reconstructions: Tensor | None) -> None:
    """Which common failures this training shows, and what to do about them."""
    for diagnosis in diagnose(config, list(records), reconstructions):
        st.caption(f":material/lightbulb: {diagnosis}")


def _log_toggle(container: DeltaGenerator) -> bool:
    return container.toggle(
        "Log loss", key="log", help="A logarithmic axis shows small late improvements.", persist_state="session"
    )
