"""The controls of the Anomalies page: a training on one normal class, and the score that the page shows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import default_dataset
from aecore.data.labeled import LabeledDataset
from pages.parts.anomalies.scored import METHODS, normal_classes, title
from pages.parts.runs.selection import is_history_navigation
from pages.parts.shell import session
from pages.parts.train import train_button

RECIPE = "anomaly"
DEFAULT_CLASS = 8  # the digit that is hardest to tell from the others; the last class where there are fewer
SCORE = "score"  # of the address
HELD_OUT = 0.2  # of the images of a class, to set the threshold


def training_control(config: RunConfig | None) -> None:
    """Draw a choice of the normal class, and a button that trains on its images only."""
    given = config.dataset if config else None
    dataset = given if isinstance(given, LabeledDataset) else default_dataset()
    assert isinstance(dataset, LabeledDataset)
    trained = normal_classes(config) if config else ()
    names, classes = dataset.class_names, list(range(len(dataset.class_names)))
    default = trained[0] if len(trained) == 1 else min(DEFAULT_CLASS, classes[-1])
    _follow_default(default, classes)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.selectbox(
        "Normal digit" if dataset.shows_digits else "Normal class", classes, default, key=session.NORMAL_CLASS.name,
        width=130, format_func=names.__getitem__, bind="query-params",
    )  # fmt: skip
    with row.container():
        if (chosen,) == trained:
            st.caption("This model is trained on it. Choose another one to train a model for which that is normal.")
        else:
            label = f"Train on “{names[chosen]}” only"
            train_button.button("anomaly", one_class_config(dataset, chosen), RECIPE, label)


def _follow_default(default: int, classes: Sequence[int]) -> None:
    """Choose the class of another run that the visitor selects, unless they chose a class themselves."""
    before = session.NORMAL_DEFAULT.get()
    session.NORMAL_CLASS.correct(lambda chosen: chosen in classes and chosen != before, default)
    session.NORMAL_DEFAULT.set(default)


def one_class_config(dataset: LabeledDataset, normal: int) -> RunConfig:
    """The recipe on the images of one class."""
    held_out = round(HELD_OUT * dataset.capacity)
    return recipe(RECIPE).config(type(dataset).model_validate({"classes": (normal,), "validation": held_out}))


def choose_score(names: Sequence[str]) -> str:
    """Draw a choice of the score with its formula; return its name, which the address holds too."""
    key = session.ANOMALY_SCORE
    if not key.exists() or is_history_navigation():
        key.set(_in_address())
    if key.get() not in names:
        key.set(names[0])
    row = st.container(horizontal=True, vertical_alignment="bottom")
    widget = session.key_showing(key.get(), "anomaly_score")
    row.selectbox(
        "Score", names, key=widget, width=230, format_func=title, on_change=_store_score, args=(widget,),
        help="How unlike the normal images an image is. All methods learn from the same normal images.",
    )  # fmt: skip
    name = key.get()
    st.query_params[SCORE] = name
    row.latex(METHODS[name].formula, width="content")
    st.caption(METHODS[name].explanation)
    return name


def _in_address() -> str:
    """The score that the address names; earlier versions wrote its title."""
    text = st.query_params.get(SCORE, "")
    return next((name for name in METHODS if text == title(name)), text)


def _store_score(widget: str) -> None:
    session.ANOMALY_SCORE.set(st.session_state[widget])
