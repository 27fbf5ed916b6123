"""Training on vectors, and encoding, decoding and reconstructing them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data.vectors import Vectors
from aecore.errors import DataUnavailable, InvalidInput
from aecore.evaluation.scores import score_model
from aecore.models.networks import Network
from aecore.options.error_messages import error_messages
from aecore.runs.execute import run_training
from aecore.runs.store import Store
from aecore.training.train import Progress, train


@pytest.fixture(scope="module")
def trained() -> Progress:
    """The recipe with 40 of its 100 epochs: 100 vectors of 10 features, network 10-64-5-64-10, batch size 1."""
    config = recipe("vectors").config().changed({"training.length.epochs": 40})
    *_, last = train(config, config.dataset.load())
    return last


def test_vectors_recipe_beats_the_mean(trained: Progress) -> None:
    config = recipe("vectors").config()
    data = config.dataset.load()
    assert data.training.images.shape == (100, 10)
    assert abs(data.training.images.mean()) < 0.1
    assert abs(data.training.images.std() - 1) < 0.1
    assert trained.step == 40 * 100
    scores = score_model(trained.model, data.training)
    # Predicting the mean gives an MSE of about 1, the variance; the code has half of the dimensions.
    assert scores.mse < 0.4
    assert (scores.bce, scores.psnr) == (None, None)


def test_encodes_decodes_and_reconstructs(trained: Progress) -> None:
    model, x = trained.model, torch.randn(7, 10)
    model.eval()
    code = model.encode(x)
    assert code.shape == (7, 5)
    assert 0 <= code.min() <= code.max() <= 1
    assert torch.equal(model.decode(code), model.reconstruct(x))
    assert model.decode(torch.full((1, 5), 0.5)).shape == (1, 10)
    assert not model.bounded


@pytest.mark.parametrize("array", [np.random.default_rng(0).normal(5, 2, (60, 7)), torch.rand(60, 7).double()])
def test_trains_on_any_float_array(array: object) -> None:
    dataset, data = Vectors.from_array(array, validation=20)
    assert (len(data.training), len(data.validation), len(data.test)) == (40, 20, 20)
    config = recipe("vectors").config(dataset).changed({"training.length.epochs": 2, "training.batch_size": 10})
    *_, last = train(config, data)
    assert last.validation["loss"] > 0
    assert last.preview().shape == (10, 7)


def test_a_stored_run_on_an_array_never_trains_on_random_rows(store: Store) -> None:
    dataset, _ = Vectors.from_array(torch.rand(60, 7), validation=20)
    run = store.create(recipe("vectors").config(dataset).changed({"training.batch_size": 10}))
    assert not run.config().dataset.available()
    with pytest.raises(DataUnavailable, match="array"):
        run.config().dataset.load()
    state = run_training(run)
    assert state.status == "failed"
    assert state.reason == dataset.unavailable_message()
    assert "train(config, data)" in state.reason
    assert (run.metrics(), run.checkpoint(), run.results("scores")) == ([], None, None)
    random_rows = run.config().changed({"dataset.seed": 0}).dataset
    assert random_rows.available()
    assert len(random_rows.load().training) == 40


@pytest.mark.parametrize(
    ("array", "validation", "message"),
    [
        (torch.rand(20), 0, r"shape \(20,\)"),
        (torch.rand(20, 3, 3), 0, r"shape \(20, 3, 3\)"),
        (torch.rand(20, 0), 0, r"shape \(20, 0\); it must be \(N, features\), with 1 to 10,000 features"),
        (torch.full((20, 3), torch.nan), 0, "20 of the 20 vectors contain NaN"),
        (torch.rand(20, 3), 11, "leaves at least 10 rows"),
        (torch.rand(20, 3), -1, "20 rows, of which -1 are to be held out"),
        (torch.rand(20, 3), 0.2, "20 rows, of which 0.2 are to be held out; this must be a whole number"),
        *((torch.rand(20, 3), value, "this must be a whole number") for value in (None, "3", float("nan"))),
        (torch.rand(5, 3), 0, "leaves at least 10 rows"),
    ],
)
def test_rejects_an_invalid_array(array: torch.Tensor, validation: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Vectors.from_array(array, validation)


def test_split_sizes_do_not_affect_other_splits() -> None:
    few, many = Vectors(images=20, validation=5).load(), Vectors(images=50, validation=50).load()
    assert torch.equal(few.training.images, many.training.images[:20])
    assert torch.equal(few.test.images, many.test.images)


def test_networks_accept_vectors_or_suggest_another(network_class: type[Network]) -> None:
    config = recipe("vectors").config().changed({"training.length.epochs": 1, "training.batch_size": 50})
    kind = network_class.model_fields["kind"].default
    try:
        config = config.changed({"network.kind": kind})
    except ValidationError as error:
        [message] = error_messages(error, RunConfig).values()
        pytest.skip(message)
    *_, last = train(config, config.dataset.load())
    assert last.preview().shape == (10, 10)
