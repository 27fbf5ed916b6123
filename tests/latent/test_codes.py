from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data, Mnist, Mnist5k
from aecore.data.vectors import Vectors
from aecore.latent.codes import (
    collapsed_dimensions,
    decoder,
    dimensions_by_variance,
    encode_dataset,
    has_gaussian_prior,
    map_dataset,
    reconstructions,
)

BOTTLENECKS = {
    "linear": {"bottleneck.latent": 5},
    "feature map": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "feature-map"},
    "quantized": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "vector-quantized"},
    "variational": {"bottleneck.kind": "variational", "bottleneck.latent": 3},
}


@pytest.mark.parametrize("name", BOTTLENECKS)
def test_codes_of_every_shape_are_rows(digits: Data, name: str) -> None:
    config = RunConfig().changed(BOTTLENECKS[name])
    model = config.build_model().eval()
    encoded = encode_dataset(model, digits, max_images=30)
    assert len(encoded) == len(encoded.images) == len(encoded.labels) == 30
    assert encoded.codes.shape == (30, config.latent_size)
    assert torch.equal(decoder(model)(encoded.codes), reconstructions(model, encoded))


def test_vectors_are_not_converted_to_images() -> None:
    vectors = {"dataset.kind": "vectors", "dataset.images": 50, "dataset.validation": 0, "training.loss": "mse"}
    config = RunConfig().changed({**vectors, "bottleneck.latent": 3})
    model = config.build_model().eval()
    encoded = encode_dataset(model, config.dataset.load(), max_images=20)
    assert torch.allclose(reconstructions(model, encoded), model.reconstruct(encoded.images), atol=1e-6)


def test_map_shows_full_mnist_if_available(full_mnist: Path) -> None:
    assert map_dataset(RunConfig(dataset=Mnist5k())) == Mnist()
    small = Mnist(images=1000)
    assert map_dataset(RunConfig(dataset=small)) == small, "already the largest"


def test_map_shows_the_run_s_own_data_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    assert map_dataset(RunConfig()) == Mnist5k()
    assert map_dataset(RunConfig(dataset=Mnist())) == Mnist(), (
        "never the sample, whose test images are in the training set of MNIST"
    )
    vectors = RunConfig().changed({"dataset.kind": "vectors", "training.loss": "mse"})
    assert isinstance(map_dataset(vectors), Vectors)


def test_sorts_dimensions_by_variance() -> None:
    codes = torch.randn(100, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 9.0, 3.0])
    assert dimensions_by_variance(codes).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"bottleneck.kind": "variational"}, True),
        ({"penalty.kind": "mmd"}, True),
        ({"penalty.kind": "l1"}, False),
        ({"bottleneck.kind": "variational", "bottleneck.beta": 0}, False),
        ({"penalty.kind": "mmd", "penalty.weight": 0}, False),
    ],
)
def test_has_gaussian_prior(changes: dict[str, Any], expected: bool) -> None:
    assert has_gaussian_prior(RunConfig().changed(changes)) == expected


def test_finds_collapsed_dimensions(digits: Data) -> None:
    model = RunConfig().changed({"bottleneck.kind": "variational", "bottleneck.latent": 4}).build_model()
    to_code = model.bottleneck.to_code
    with torch.no_grad():  # dimensions 1 and 3 are N(0, 1) for every image
        to_code.weight *= 20
        for row in (1, 3, 5, 7):
            to_code.weight[row] = 0
            to_code.bias[row] = 0
    collapsed = collapsed_dimensions(model, digits.test.images[:50])
    assert set(collapsed) == {1, 3}
    assert max(collapsed.values()) == 0
    assert collapsed_dimensions(RunConfig().build_model(), digits.test.images[:5]) == {}
