from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.features import neighbors
from aecore.evaluation.features.neighbors import (
    SPACES,
    SearchedSet,
    encode_searched,
    nearest_examples,
    searched_count,
)
from aecore.models.autoencoder import Autoencoder


def brute_force(features: Tensor, queries: Tensor) -> Tensor:
    """The distances (M, N) of all pairs."""
    x, q = features.flatten(1).double(), queries.flatten(1).double()
    return (q[:, None] - x[None]).square().sum(dim=2).sqrt()


def random(*shape: int, kind: str) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    if kind == "pixels":
        return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return torch.randn(shape, generator=generator) + (1000 if kind == "far" else 0)


@pytest.mark.parametrize("kind", ["pixels", "floats", "far"])
@pytest.mark.parametrize(("count", "compared"), [(1, 2**22), (5, 100), (5, 1), (60, 500)])
def test_finds_what_brute_force_finds(kind: str, count: int, compared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_MAX_COMPARED", compared)  # batches of 25 examples, of one, of 125
    features, queries = random(40, 1, 2, 2, kind=kind), random(6, 1, 2, 2, kind=kind)
    found = nearest_examples(features, queries, count)
    expected = brute_force(to_float(features), to_float(queries)).sort(dim=1)
    assert torch.equal(found.indices, expected.indices[:, :count])
    assert torch.allclose(found.distances.double(), expected.values[:, :count], atol=1e-4)


@pytest.fixture(scope="module")
def model(small: RunConfig) -> Autoencoder:
    return small.build_model()


@pytest.fixture(scope="module")
def searched(model: Autoencoder, digits: Data) -> SearchedSet:
    *before, (done, found) = encode_searched(model, fit_pca(digits.training.images), digits.training.images)
    assert all(encoded is None for _, encoded in before)
    assert found
    assert done == len(found) == len(digits.training)
    return found


def test_searches_codes_projections_and_pixels(model: Autoencoder, searched: SearchedSet, digits: Data) -> None:
    training, queries = digits.training.images, digits.test.images[:7]
    found = searched.nearest(model, training, queries, 5)
    pca = fit_pca(training)
    features = {
        "codes": (model.encode(to_float(training)), model.encode(to_float(queries))),
        "pca": (pca.project(training, 4), pca.project(queries, 4)),
        "pixels": (to_float(training), to_float(queries)),
    }
    assert list(found) == list(SPACES)
    for name, pair in features.items():
        expected = brute_force(*pair).topk(5, largest=False)
        assert torch.allclose(found[name].distances.double(), expected.values, atol=1e-4), name
        assert (found[name].indices == expected.indices).float().mean() > 0.9, f"{name}, but for almost equal distances"


def test_a_training_example_is_its_own_neighbor(model: Autoencoder, searched: SearchedSet, digits: Data) -> None:
    training = digits.training.images
    for found in searched.nearest(model, training, training[3:9], 1).values():
        assert found.indices[:, 0].tolist() == list(range(3, 9))
        assert float(found.distances.max()) < 1e-4


@pytest.mark.parametrize(
    ("examples", "latent_size", "expected"),
    [(60_000, 16, 60_000), (60_000, 1568, 10_699), (100, 2**30, 1), (3, 1, 3)],
)
def test_large_codes_of_fewer_examples_are_searched(examples: int, latent_size: int, expected: int) -> None:
    assert searched_count(examples, latent_size) == expected
