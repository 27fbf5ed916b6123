"""Continue: train on from the last checkpoint, also with another learning rate or more epochs."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from aecore.choices import explain
from aecore.config import RunConfig
from aecore.runs.run import Run
from pages.parts import frame, lab, runs


def popover(place: DeltaGenerator, run: Run) -> None:
    """The button with its small form."""
    with place.popover("Continue", icon=":material/play_arrow:", key=f"continue-{run.id}"):
        _form(run)


def _form(run: Run) -> None:
    training, step, records = run.config().training, run.model_step() or 0, run.metrics()
    done = next((r["epoch"] for r in reversed(records) if r["step"] <= step), 0.0)
    st.caption(f"{done:.3g} of {training.epochs} epochs are done. Training goes on from the last checkpoint.")
    more = training.epochs if done < training.epochs else training.epochs + 10
    # The step is part of the keys: after more training the form starts from the new facts.
    epochs = st.number_input("Epochs in all", value=more, step=1, key=f"epochs-{run.id}-{step}")
    rate = st.number_input(
        "Learning rate", value=training.learning_rate, format="%g", step=1e-4, key=f"rate-{run.id}-{step}"
    )
    changed, problem = _changed(run, {"training.epochs": epochs, "training.learning_rate": rate})
    if problem is None and epochs <= done:
        problem = f"Epochs in all is {epochs}, and {done:.3g} are done; it must be more."
    if problem:
        frame.problem(problem)
    st.button("Continue training", key=f"go-on-{run.id}", disabled=bool(problem), on_click=_go_on, args=(run, changed))


def _changed(run: Run, changes: dict[str, Any]) -> tuple[RunConfig | None, str | None]:
    try:
        return run.config().changed(changes), None
    except ValidationError as error:
        return None, " ".join(explain(error, RunConfig).values())


def _go_on(run: Run, config: RunConfig) -> None:
    runs.attempt(lambda: lab.queue().resume(run, config))
