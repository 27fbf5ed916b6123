"""The button that starts a training."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore.config import RunConfig, changes
from aecore.recipes import RECIPES
from pages.parts import frame, lab, runs

Wish = tuple[RunConfig | None, str]  # what to train, and the recipe that it began with


def button(ask: Callable[[], Wish], label: str = "Train", remember: str = "", primary: bool = True) -> None:
    """Starts a run of what `ask` gives and looks at it, if it is the page's `primary` button.

    Its id is kept in the session as `remember`.

    It asks again at the click: a number typed just before arrives together with it, after the page was drawn.
    """
    config, _ = ask()
    impossible = config is None or not config.dataset.available()
    st.button(
        label,
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=impossible,
        on_click=_start,
        args=(ask, remember, primary),
    )
    if config is None:
        frame.problem("Some settings cannot work; see the sentences above.")
    elif impossible:
        st.caption(f":material/info: {config.dataset.missing()}")
    runs.show_problem()


def _start(ask: Callable[[], Wish], remember: str, look: bool) -> None:
    config, recipe = ask()
    if config is None or not config.dataset.available():
        return  # the page says why at its next drawing

    def begin() -> None:
        run = lab.store().create(config, _name(config, recipe), recipe)
        lab.queue().submit(run)
        if look:
            runs.choose(run.id)
        if remember:
            st.session_state[remember] = run.id

    runs.attempt(begin)


def _name(config: RunConfig, recipe: str) -> str:
    """The recipe's title and what was changed about it: `Quick start, latent 2`."""
    chosen = RECIPES[recipe]
    told = [f"{path[-1].replace('_', ' ')} {_short(value)}" for path, value in changes(chosen.config(), config)]
    return ", ".join([chosen.title, *told])[:60]


def _short(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
