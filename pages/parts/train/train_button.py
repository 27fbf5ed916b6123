"""The button that starts a training.

A click only notes the wish, and it is granted before the page is drawn next. Any use of Streamlit, also of its session
state, can be cut off there by the browser's next request; what was cut off is gone on with in the drawing after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import streamlit as st

from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig, changes
from pages.parts.runs import picker
from pages.parts.shell import resources, text

Setup = tuple[RunConfig | None, str]  # what to train, and the recipe that it began with
SECONDS_OF_ONE_CLICK = 2.0  # a double click is one wish, and so is a click that the browser tells twice
_WISHES = "wishes"


@dataclass
class Wish:
    """One click: what it asks for, and the run that was made of it."""

    ask: Callable[[], Setup]
    remember: str
    look: bool
    moment: float = field(default_factory=monotonic)
    setup: Setup | None = None
    run_id: str | None = None

    def repeats(self, other: Wish) -> bool:
        """Whether it is the other one, told again."""
        return self.setup == other.setup and self.moment - other.moment < SECONDS_OF_ONE_CLICK


@dataclass
class Wishes:
    """A visitor's clicks that nothing was made of yet, in order, and the last that was granted."""

    noted: list[Wish] = field(default_factory=list)
    granted: Wish | None = None

    def note(self, ask: Callable[[], Setup], remember: str, look: bool) -> None:
        self.noted.append(Wish(ask, remember, look))


def button(ask: Callable[[], Setup], label: str = "Train", remember: str = "", primary: bool = True) -> None:
    """Starts a run of what `ask` gives and looks at it, if it is the page's `primary` button.

    Its id is kept in the session as `remember`.
    """
    config, _ = ask()
    impossible = config is None or not config.dataset.available()
    st.button(
        label,
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=impossible,
        on_click=_wishes().note,
        args=(ask, remember, primary),
    )
    if config is None:
        text.problem("Some settings do not fit together; see the messages in red above.")
    elif impossible:
        st.caption(f":material/info: {config.dataset.missing()}")
    picker.show_problem()


def _wishes() -> Wishes:
    wishes: Wishes = st.session_state.setdefault(_WISHES, Wishes())
    return wishes


def grant() -> None:
    """Start what was wished for, before anything is drawn."""
    wishes = _wishes()
    while wishes.noted:
        picker.attempt(lambda: _grant(wishes))
        wishes.noted.pop(0)


def _grant(wishes: Wishes) -> None:
    wish, before = wishes.noted[0], wishes.granted
    if wish.run_id is None:
        wish.setup = config, recipe = wish.ask()
        if config is None or not config.dataset.available():
            return  # the page says why at its next drawing
        if before and wish.repeats(before):
            wish.run_id = before.run_id
        else:
            store, queue = resources.store(), resources.queue()
            run = store.create(config, _name(config, recipe), recipe)
            wish.run_id = run.id
            queue.submit(run)
    if wish.run_id and wish.look:
        picker.choose(wish.run_id)
    if wish.remember:
        st.session_state[wish.remember] = wish.run_id
    wishes.granted = wish


def _name(config: RunConfig, recipe: str) -> str:
    """The recipe's title and what was changed about it: `Quick start, latent 2`."""
    chosen = RECIPES[recipe]
    told = [f"{path[-1].replace('_', ' ')} {_short(value)}" for path, value in changes(chosen.config(), config)]
    return ", ".join([chosen.title, *told])[:60]


def _short(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
