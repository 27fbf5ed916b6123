"""Every page shows every kind of run: with noise, with penalties, of vectors, without validation, with trouble."""

from __future__ import annotations

from typing import Any

import pytest
from page_words import assert_no_errors, said

from aecore.runs.run import Run
from aecore.runs.state import this_process
from pages.parts.shell.navigation import PAGES

VECTORS = {"dataset.kind": "vectors", "dataset.images": 50, "training.loss": "mse", "training.batch_size": 10}
SMALL_CONV = {"network.kind": "conv", "network.channels": [4, 4], "dataset.images": 100}

#: Changes to the small config, and what the Train page then says.
RUNS: dict[str, tuple[dict[str, Any], str]] = {
    "noise": ({"corruption.kind": "gaussian"}, "made noisy"),
    "vectors": (VECTORS, "MSE per number"),
    "noisy vectors": (VECTORS | {"corruption.kind": "masking"}, "On the test vectors, made noisy"),
    "variational": ({"bottleneck.kind": "variational"}, "KL"),
    "quantized": (SMALL_CONV | {"bottleneck.kind": "vector-quantized"}, "entries used"),
    "penalty": ({"penalty.kind": "l1"}, "l1"),
    "without validation": ({"dataset.validation": 0}, "Finished"),
    "linear output": ({"network.output": "linear", "training.loss": "mse"}, "BCE, nats per pixel"),
    "early stopping": (
        {"training.stopping.kind": "early", "training.stopping.patience": 1, "training.learning_rate": 1.0},
        "the best on validation",
    ),
    "collapsed": ({"bottleneck.kind": "variational", "bottleneck.beta": 100.0}, "Posterior collapse"),
}


@pytest.fixture
def run(name: str, train_one) -> Run:
    return train_one(RUNS[name][0])


@pytest.mark.parametrize("name", RUNS)
def test_every_page_shows_it(open_page, run, name):
    for info in PAGES:
        app = open_page(info.path, run.id)
        assert_no_errors(app)
        if info.title == "Train":
            assert RUNS[name][1] in said(app)
    # And live, as it was a moment before its end.
    run.change_state(status="training", **this_process())
    app = open_page("pages/train.py", run.id)
    assert_no_errors(app)
    assert "Training" in said(app)


@pytest.mark.parametrize("name", ["noise"])
def test_a_denoising_run_shows_its_noise_if_wanted(open_page, run):
    app = open_page("pages/reconstruct.py", run.id)
    assert "with noise" in said(app)
    app.toggle(key="noisy").set_value(False).run()
    assert_no_errors(app)
    assert "with noise" not in said(app)


@pytest.mark.parametrize("name", ["vectors"])
def test_a_vector_has_three_uses(open_page, run):
    app = open_page("pages/reconstruct.py", run.id)
    assert all(use in said(app) for use in ("Encode and decode", "Encode alone", "Decode alone"))
    before = said(app)
    first = app.slider[1]
    first.set_value(first.max).run()
    assert_no_errors(app)
    assert said(app) != before
