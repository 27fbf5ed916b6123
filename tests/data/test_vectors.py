"""Plain vectors through the same train, and the three uses of an autoencoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data.vectors import Vectors
from aecore.evaluation.scores import score_model
from aecore.models.networks import Network
from aecore.options.registry import explain
from aecore.training.train import Progress, train


@pytest.fixture(scope="module")
def trained() -> Progress:
    """The text's case: 100 vectors of 10 numbers, 10-64-5-64-10, one vector a step, 100 epochs."""
    config = recipe("vectors").config()
    *_, last = train(config, config.dataset.load())
    return last


def test_the_texts_case(trained: Progress) -> None:
    config = recipe("vectors").config()
    data = config.dataset.load()
    assert data.training.images.shape == (100, 10)
    assert abs(data.training.images.mean()) < 0.1
    assert abs(data.training.images.std() - 1) < 0.1
    assert trained.step == 100 * 100
    scores = score_model(trained.model, data.training)
    # The mean of the rows scores about 1 on numbers of variance 1; half of them are kept.
    assert scores.mse < 0.4
    assert (scores.bce, scores.psnr) == (None, None)


def test_three_uses(trained: Progress) -> None:
    model, x = trained.model, torch.randn(7, 10)
    model.eval()
    code = model.encode(x)
    assert code.shape == (7, 5)
    assert 0 <= code.min() <= code.max() <= 1
    assert torch.equal(model.decode(code), model.reconstruct(x))
    own = torch.full((1, 5), 0.5)
    assert model.decode(own).shape == (1, 10)
    assert not model.bounded


@pytest.mark.parametrize("array", [np.random.default_rng(0).normal(5, 2, (60, 7)), torch.rand(60, 7).double()])
def test_any_float_array_can_be_learned(array: object) -> None:
    dataset, data = Vectors.of(array, validation=20)
    assert (len(data.training), len(data.validation), len(data.test)) == (40, 20, 20)
    config = recipe("vectors").config(dataset).changed({"training.epochs": 2, "training.batch_size": 10})
    *_, last = train(config, data)
    assert last.validation["loss"] > 0
    assert last.preview().shape == (10, 7)


@pytest.mark.parametrize(
    ("array", "validation", "told"),
    [
        (torch.rand(20), 0, r"given is shape \(20,\)"),
        (torch.rand(20, 3, 3), 0, r"given is shape \(20, 3, 3\)"),
        (torch.full((20, 3), torch.nan), 0, "finite numbers"),
        (torch.rand(20, 3), 11, "fewer than 10"),
        (torch.rand(5, 3), 0, "fewer than 10"),
    ],
)
def test_an_array_that_cannot_be_learned_is_refused(array: torch.Tensor, validation: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Vectors.of(array, validation)


def test_splits_do_not_depend_on_each_other_s_size() -> None:
    few, many = Vectors(images=20, validation=5).load(), Vectors(images=50, validation=50).load()
    assert torch.equal(few.training.images, many.training.images[:20])
    assert torch.equal(few.test.images, many.test.images)


def test_networks_read_vectors_or_say_what_to_choose(network_class: type[Network]) -> None:
    config = recipe("vectors").config().changed({"training.epochs": 1, "training.batch_size": 50})
    kind = network_class.model_fields["kind"].default
    try:
        config = config.changed({"network.kind": kind})
    except ValidationError as refusal:
        [sentence] = explain(refusal, RunConfig).values()
        pytest.skip(sentence)
    *_, last = train(config, config.dataset.load())
    assert last.preview().shape == (10, 10)
