from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data, Mnist, Mnist5k
from aecore.data.vectors import Vectors
from aecore.latent.codes import (
    answers,
    by_activity,
    decoder,
    encode_dataset,
    has_gaussian_prior,
    map_dataset,
    unused_dimensions,
)

SHAPES = {
    "linear": {"bottleneck.latent": 5},
    "feature map": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "feature-map"},
    "quantized": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "vector-quantized"},
    "variational": {"bottleneck.kind": "variational", "bottleneck.latent": 3},
}


@pytest.mark.parametrize("name", SHAPES)
def test_codes_are_rows_whatever_their_shape(digits: Data, name: str) -> None:
    config = RunConfig().changed(SHAPES[name])
    model = config.build_model().eval()
    encoded = encode_dataset(model, digits, most=30)
    assert len(encoded) == len(encoded.images) == len(encoded.labels) == 30
    assert encoded.codes.shape == (30, config.latent_size)
    assert torch.equal(decoder(model)(encoded.codes), answers(model, encoded))


def test_rows_of_numbers_stay_numbers() -> None:
    vectors = {"dataset.kind": "vectors", "dataset.images": 50, "dataset.validation": 0, "training.loss": "mse"}
    config = RunConfig().changed({**vectors, "bottleneck.latent": 3})
    model = config.build_model().eval()
    encoded = encode_dataset(model, config.dataset.load(), most=20)
    assert torch.allclose(answers(model, encoded), model.reconstruct(encoded.images), atol=1e-6)


def test_the_widest_data_are_mnists_own_where_they_are(full_mnist: Path) -> None:
    assert map_dataset(RunConfig(dataset=Mnist5k())) == Mnist()
    small = Mnist(images=1000)
    assert map_dataset(RunConfig(dataset=small)) == small, "loaded already"


def test_without_them_a_run_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    assert map_dataset(RunConfig()) == Mnist5k()
    assert map_dataset(RunConfig(dataset=Mnist())) == Mnist(), "never the sample: what tests there, trained this one"
    vectors = RunConfig().changed({"dataset.kind": "vectors", "training.loss": "mse"})
    assert isinstance(map_dataset(vectors), Vectors)


def test_the_most_active_dimensions_come_first() -> None:
    codes = torch.randn(100, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 9.0, 3.0])
    assert by_activity(codes).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("changes", "normal"),
    [
        ({}, False),
        ({"bottleneck.kind": "variational"}, True),
        ({"penalty.kind": "mmd"}, True),
        ({"penalty.kind": "l1"}, False),
        ({"bottleneck.kind": "variational", "bottleneck.beta": 0}, False),
        ({"penalty.kind": "mmd", "penalty.weight": 0}, False),
    ],
)
def test_which_models_are_drawn_to_the_prior(changes: dict[str, Any], normal: bool) -> None:
    assert has_gaussian_prior(RunConfig().changed(changes)) == normal


def test_dimensions_that_tell_nothing_are_found(digits: Data) -> None:
    model = RunConfig().changed({"bottleneck.kind": "variational", "bottleneck.latent": 4}).build_model()
    to_code = model.bottleneck.to_code
    with torch.no_grad():  # the second and the fourth number answer N(0, 1), whatever the picture
        to_code.weight *= 20
        for row in (1, 3, 5, 7):
            to_code.weight[row] = 0
            to_code.bias[row] = 0
    unused = unused_dimensions(model, digits.test.images[:50])
    assert set(unused) == {1, 3}
    assert max(unused.values()) == 0
    assert unused_dimensions(RunConfig().build_model(), digits.test.images[:5]) == {}
