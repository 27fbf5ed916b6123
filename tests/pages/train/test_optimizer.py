"""The optimizer in the settings form."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, widget
from streamlit.testing.v1 import AppTest


@pytest.fixture
def train(open_page) -> AppTest:
    return open_page("pages/train.py")


@pytest.mark.parametrize(
    ("recipe", "entered", "rates"),
    [
        ("deep-dense", None, [0.05, 1e-3, 1e-3, 0.05, 1e-3]),
        ("denoising", None, [0.05, 5e-3, 5e-3, 0.05, 5e-3]),  # the recipe's own rate comes back
        ("quick-start", 0.02, [0.02] * 5),
        ("deep-dense", 0.05, [0.05] * 5),  # also if it is another optimizer's own rate
    ],
)
def test_the_learning_rate_follows_the_optimizer_unless_it_was_entered(train, recipe, entered, rates):
    train.selectbox(key="recipe").set_value(recipe).run()
    if entered:
        widget(train, "field.training.learning_rate").set_value(entered).run()
    for kind, rate in zip(("muon", "adam", "sgd", "muon", "adamw"), rates, strict=True):
        widget(train, "field.training.optimizer").set_value(kind).run()
        assert_no_error(train)
        assert widget(train, "field.training.learning_rate").value == rate
        assert train.session_state["draft"]["training"]["learning_rate"] == rate
