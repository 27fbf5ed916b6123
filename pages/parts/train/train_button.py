"""The button that starts a training.

A click only adds a request; the script processes it before it draws anything. Streamlit may cut off a callback, and
the script, at any use of its session state or elements when the browser's next request is there. The next script run
resumes a request that was cut off.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import streamlit as st
from pydantic import ValidationError

from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig
from aecore.runs.names import run_name
from pages.parts.runs.selection import select_run
from pages.parts.shell import resources, session, text
from pages.parts.shell.actions import attempt, check_limits, show_refusal
from pages.parts.shell.train_requests import SWEEP, TrainRequest, TrainRequests
from pages.parts.sweeps import form, work
from pages.parts.train import draft
from pages.parts.visitors import visitor

FORM = "form"
_PLACE = "train"  # of its refusals


def button(name: str, config: RunConfig, recipe: str, label: str, primary: bool = True) -> None:
    """Draw a button that trains `config`.

    Args:
        name: tells the buttons of the app apart.
        config: what to train.
        recipe: the recipe that `config` is based on.
        label: the button's text.
        primary: whether this is the page's primary button; it selects the new run.
    """
    _draw(TrainRequest(name, _generation(name), config, recipe, primary), config, label)


def form_button(config: RunConfig | None) -> None:
    """Draw the button that trains the settings form's values, including one typed just before the click.

    Args:
        config: the form's values now; None if they are invalid.
    """
    _draw(TrainRequest(FORM, _generation(FORM), config=None), config, "Train")


def last_run(name: str) -> str | None:
    """The id of the last run that this visitor started with the button `name`."""
    return session.TRAIN_REQUESTS.get().last_runs.get(name)


def process_requests() -> None:
    """Start the trainings that were requested since the last script run. Call this before drawing."""
    requests = session.TRAIN_REQUESTS.get()
    with requests.lock:
        while request := requests.next():
            if request.button == SWEEP:
                attempt(partial(_start_sweep, requests), form.PLACE)
            else:
                attempt(partial(_start, requests, request), _PLACE)
            requests.finish()


def _generation(name: str) -> int:
    return session.TRAIN_REQUESTS.get().generations[name]


def _draw(request: TrainRequest, config: RunConfig | None, label: str) -> None:
    available = config is not None and config.dataset.available()
    st.button(
        label,
        # A new key for each generation: a click on the button that the browser still shows must not count for the next.
        key=f"train-button-{request.button}-{request.generation}",
        type="primary" if request.select else "secondary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not available,
        on_click=session.TRAIN_REQUESTS.get().add,
        args=(request,),
    )
    if config is None:
        text.problem("Training cannot start with these settings; see what is red above.")
    elif not available:
        text.info(config.dataset.unavailable_message())
    show_refusal(_PLACE)


def _start(requests: TrainRequests, request: TrainRequest) -> None:
    """Create and queue the run of a request, unless that was done before a cut-off, and select it."""
    if requests.created is None:
        config, recipe = request.config, request.recipe
        if config is None:
            config, recipe = draft.validated()[0], session.DRAFT_RECIPE.get()
        if config is None or not config.dataset.available():
            return  # the page shows why
        store, queue = resources.store(), resources.queue()
        limit = check_limits(config)
        run = store.create(
            config, run_name(config, RECIPES[recipe]), recipe, owner=visitor.owner_id(), max_seconds=limit
        )
        requests.created = run.id
        queue.submit(run)
    if request.select:
        select_run(requests.created)


def _start_sweep(requests: TrainRequests) -> None:
    """Do the same for a sweep, which the Compare page then shows."""
    with suppress(ValidationError):  # the page shows why
        if requests.created is None:
            requests.created = form.create()  # noted before its runs are queued, which can be cut off
        work.start(resources.sweeps().get(requests.created))
        session.SWEEP.set(requests.created)
