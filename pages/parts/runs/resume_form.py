"""The popover that continues a run from its last checkpoint, with a greater length or another learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from aecore.config.run_config import RunConfig
from aecore.options.error_messages import error_messages
from aecore.runs.continuation import epochs_at, length_problem, rate_change
from aecore.runs.run import Run
from pages.parts.shell import resources, text
from pages.parts.shell.actions import attempt_change, check_limits, show_refusal

MORE = 10  # increments that are suggested for a run of full length
PLACE = "run"  # of refusals to stop or continue a run


def popover(container: DeltaGenerator, run: Run, config: RunConfig, records: Sequence[dict[str, Any]]) -> None:
    """Draw the popover in `container`.

    Args:
        container: where to draw it.
        run: the run to continue.
        config: its settings so far.
        records: its metrics.
    """
    with container.popover("Continue", icon=":material/play_arrow:", key=f"continue-{run.id}"):
        _form(run, config, records)


def _form(run: Run, config: RunConfig, records: Sequence[dict[str, Any]]) -> None:
    length = config.training.length
    step = run.model_step() or 0
    epoch = epochs_at(step, records)
    done = length.done(step, epoch)
    st.caption(f"Training continues from the last checkpoint: {length.done_text(step, epoch)}.")
    total = length.total if done < length.total else length.total + MORE * length.increment
    # The step is part of the keys: after more training the form starts from the new values.
    keys = (f"length-{run.id}-{step}", f"rate-{run.id}-{step}")
    st.number_input(f"Total {length.kind}", value=total, step=length.increment, key=keys[0])
    st.number_input("Learning rate", value=config.training.learning_rate, format="%g", step=1e-4, key=keys[1])
    changed, problem = _changed_config(run, done, keys)
    if problem:
        text.problem(problem)
    if changed and step and (jump := rate_change(config, changed, step, records)):
        st.caption(jump)
    st.button(
        "Continue training", key=f"go-on-{run.id}", disabled=bool(problem), on_click=_resume, args=(run, done, keys)
    )
    show_refusal(PLACE)


def _changed_config(run: Run, done: float, keys: tuple[str, str]) -> tuple[RunConfig | None, str | None]:
    """The run's config with the values of the two fields, or why they are invalid."""
    total, rate = (st.session_state[key] for key in keys)
    config = run.config()
    unit = config.training.length.kind
    try:
        config = config.changed({f"training.length.{unit}": total, "training.learning_rate": rate})
    except ValidationError as error:
        messages = error_messages(error, RunConfig)
        if message := messages.get(path := ("training", "length", unit)):
            messages[path] = f"Total {message[0].lower()}{message[1:]}"  # as the field is called here
        return None, " ".join(messages.values())
    problem = length_problem(config.training.length, done)
    return (None, problem) if problem else (config, None)


def _resume(run: Run, done: float, keys: tuple[str, str]) -> None:
    attempt_change(run, "continue it", partial(_queue, run, done, keys), PLACE)


def _queue(run: Run, done: float, keys: tuple[str, str]) -> None:
    # Read the fields again: a value typed just before the click arrives together with it.
    config, problem = _changed_config(run, done, keys)
    if config and not problem:
        resources.queue().resume(run, config, check_limits(config, run))
