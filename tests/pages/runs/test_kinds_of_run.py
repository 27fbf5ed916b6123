"""Every page shows every kind of run: with corruption or penalty, on vectors, without validation, collapsed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from page_elements import assert_no_error, page_text

from aecore.config.run_config import RunConfig
from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from pages.parts.runs.loss_chart import baseline_level, loss_unit
from pages.parts.shell.navigation import PAGES

VECTORS = {"dataset.kind": "vectors", "dataset.images": 50, "training.loss": "mse", "training.batch_size": 10}
SMALL_CONV = {"network.kind": "conv", "network.channels": [4, 4], "dataset.images": 100}

#: Changes to the small config, and a text of the Train page.
RUNS: dict[str, tuple[dict[str, Any], str]] = {
    "noise": ({"corruption.kind": "gaussian"}, "with noise"),
    "vectors": (VECTORS, "MSE per value"),
    "noisy vectors": (VECTORS | {"corruption.kind": "masking"}, "On the test vectors, with noise"),
    "variational": ({"bottleneck.kind": "variational"}, "KL"),
    "likelihood": ({"bottleneck.kind": "variational", "training.loss": "histograms"}, "bits per pixel"),
    "quantized": (SMALL_CONV | {"bottleneck.kind": "vector-quantized"}, "entries used"),
    "penalty": ({"penalty.kind": "l1"}, "l1"),
    "without validation": ({"dataset.validation": 0}, "Finished"),
    "linear output": ({"network.output": "linear", "training.loss": "mse"}, "BCE, nats per pixel"),
    "early stopping": (
        {"training.stopping.kind": "early", "training.stopping.patience": 1, "training.learning_rate": 1.0},
        "had the lowest validation loss",
    ),
    "collapsed": ({"bottleneck.kind": "variational", "bottleneck.beta": 100.0}, "Posterior collapse"),
}


@pytest.fixture
def run(name: str, train_one) -> Run:
    return train_one(RUNS[name][0])


@pytest.mark.parametrize("name", RUNS)
def test_every_page_shows_every_kind_of_run(open_page, run, name):
    for info in PAGES:
        app = open_page(info.path, run.id)
        assert_no_error(app)
        if "vectors" in name and info.title != "Home":
            assert "digit" not in page_text(app)
        if info.title == "Train":
            assert RUNS[name][1] in page_text(app)
    # The same run in training, just before its end.
    run.change_state(status="training", **this_process())
    app = open_page("pages/train.py", run.id)
    assert_no_error(app)
    assert "Training" in page_text(app)


@pytest.mark.parametrize(("name", "kind"), [("penalty", "image"), ("vectors", "vector")])
def test_examples_are_numbered_from_one(open_page, run, kind):
    app = open_page("pages/reconstruct.py", run.id)
    (grid,) = [html.proto.body for html in app.get("html") if "<figcaption>" in html.proto.body]
    numbers = [int(number.replace(",", "")) for number in re.findall(rf'alt="Test {kind} ([\d,]+)', grid)]
    assert len(numbers) == grid.count("<figure>")
    if kind == "image":
        labels = run.config().dataset.load().test.labels
        shown = [int(name) for name in re.findall(r", class (\d):", grid)]
        assert [int(labels[number - 1]) for number in numbers] == shown


@pytest.mark.parametrize("name", ["noise"])
def test_noisy_inputs_can_be_hidden(open_page, run):
    app = open_page("pages/reconstruct.py", run.id)
    assert "noisy, reconstruction" in page_text(app)
    app.toggle(key="noisy").set_value(False).run()
    assert_no_error(app)
    assert "noisy, reconstruction" not in page_text(app)


@pytest.mark.parametrize("name", ["vectors"])
def test_encodes_and_decodes_a_vector(open_page, run):
    app = open_page("pages/reconstruct.py", run.id)
    assert all(title in page_text(app) for title in ("Code (encoder)", "Reconstruction", "Output (decoder)"))
    before = page_text(app)
    first = app.slider[1]
    first.set_value(first.max).run()
    assert_no_error(app)
    assert page_text(app) != before


@pytest.mark.parametrize(
    ("loss", "unit", "level"),
    [
        ("bce", "nats/image", 78.4),
        ("mse", "squared error/image", 9.0),
        ("histograms", "nats of 8-bit values/image", None),
    ],
)
def test_losses_have_units_and_a_baseline_in_them(loss: str, unit: str, level: float | None) -> None:
    config = RunConfig().changed({"training.loss": loss})
    assert loss_unit(config) == unit
    found = baseline_level({"components": 4, "sse": 9.0, "bce": 0.1}, config)
    assert (found and found["loss"]) == level
