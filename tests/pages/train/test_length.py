"""The length of a training in the settings form, in epochs and in steps."""

from __future__ import annotations

import pytest
from page_elements import widget
from streamlit.testing.v1 import AppTest

from aecore.config.run_config import RunConfig
from aecore.optim.length import Epochs, Length, Steps


@pytest.fixture
def train(open_page) -> AppTest:
    return open_page("pages/train.py")


def enter(app: AppTest, setting: str, value: object) -> Length:
    """Enter a value; the length in the draft."""
    widget(app, f"field.{setting}").set_value(value).run()
    return RunConfig.model_validate(app.session_state["draft"]).training.length


def test_is_converted_to_the_other_unit(train):
    """mnist-5k has 4,000 training images: 32 batches of 128."""
    assert enter(train, "training.length", "epochs") == Epochs(epochs=12), "400 steps"
    assert enter(train, "training.length.epochs", 3) == Epochs(epochs=3)
    assert enter(train, "training.length", "steps") == Steps(steps=96)
    widget(train, "field.training.length.steps").set_value(0).run()  # invalid: nothing to convert
    assert enter(train, "training.length", "epochs") == Epochs(epochs=3), "as before"


def test_returns_to_what_it_was_converted_from(train):
    """100 steps are rounded to 3 epochs, which are 96 steps."""
    assert enter(train, "training.length.steps", 100) == Steps(steps=100)
    assert enter(train, "training.length", "epochs") == Epochs(epochs=3)
    assert enter(train, "training.length", "steps") == Steps(steps=100)
    assert enter(train, "training.length", "epochs") == Epochs(epochs=3)
    enter(train, "dataset.images", 128)  # one batch
    assert enter(train, "training.length", "steps") == Steps(steps=3)
