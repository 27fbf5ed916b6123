"""The button that starts a training."""

from __future__ import annotations

import streamlit as st

from aecore.config import RunConfig
from aecore.recipes import RECIPES
from pages.parts import frame, lab, runs


def button(config: RunConfig | None, recipe: str, label: str = "Train", remember: str = "") -> None:
    """Starts a run of `config` and looks at it; its id is kept in the session as `remember`."""
    impossible = config is None or not config.dataset.available()
    st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=impossible,
        on_click=_start,
        args=(config, recipe, remember),
    )
    if config is None:
        frame.problem("Some settings cannot work; see the sentences above.")
    elif impossible:
        st.caption(f":material/info: {config.dataset.title} is not on this machine yet. Fetch it below.")
    runs.show_problem()


def _start(config: RunConfig, recipe: str, remember: str) -> None:
    def begin() -> None:
        chosen = RECIPES[recipe]
        exact = chosen.config(config.dataset) == config
        run = lab.store().create(config, chosen.title if exact else f"{chosen.title}, changed", recipe)
        lab.queue().submit(run)
        runs.choose(run.id)
        if remember:
            st.session_state[remember] = run.id

    runs.attempt(begin)
