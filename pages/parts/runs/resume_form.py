"""Continue: train on from the last checkpoint, also with another learning rate or more epochs."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from aecore.config.run_config import RunConfig
from aecore.options.registry import error_messages
from aecore.runs.run import Run
from pages.parts.runs import picker
from pages.parts.shell import resources, text


def popover(place: DeltaGenerator, run: Run) -> None:
    """The button with its small form."""
    with place.popover("Continue", icon=":material/play_arrow:", key=f"continue-{run.id}"):
        _form(run)


def _form(run: Run) -> None:
    training, step, records = run.config().training, run.model_step() or 0, run.metrics()
    done = next((r["epoch"] for r in reversed(records) if r["step"] <= step), 0.0)
    st.caption(f"Training goes on from the last checkpoint: {done:.3g} of {training.epochs:,} epochs.")
    more = training.epochs if done < training.epochs else training.epochs + 10
    # The step is part of the keys: after more training the form starts from the new metrics.
    keys = (f"epochs-{run.id}-{step}", f"rate-{run.id}-{step}")
    st.number_input("Epochs in all", value=more, step=1, key=keys[0])
    st.number_input("Learning rate", value=training.learning_rate, format="%g", step=1e-4, key=keys[1])
    _, problem = _changed(run, done, keys)
    if problem:
        text.problem(problem)
    st.button(
        "Continue training", key=f"go-on-{run.id}", disabled=bool(problem), on_click=_go_on, args=(run, done, keys)
    )


def _changed(run: Run, done: float, keys: tuple[str, str]) -> tuple[RunConfig | None, str | None]:
    """The run's config with what stands in the two fields now, or why it cannot be."""
    epochs, rate = (st.session_state[key] for key in keys)
    try:
        config = run.config().changed({"training.epochs": epochs, "training.learning_rate": rate})
    except ValidationError as error:
        return None, " ".join(error_messages(error, RunConfig).values())
    if config.training.epochs <= done:
        return None, f"Epochs in all is {epochs}, and {done:.3g} are done; it must be more."
    return config, None


def _go_on(run: Run, done: float, keys: tuple[str, str]) -> None:
    config, problem = _changed(run, done, keys)  # again: what was typed just before the click arrives together with it
    if config and not problem:
        picker.attempt(lambda: resources.queue().resume(run, config))
