"""What is classified and clustered: codes, and three baselines of which two have as many numbers as the code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.pca import fit_leading
from aecore.config.run_config import RunConfig
from aecore.data.base import Data
from aecore.data.pixels import batches, to_float
from aecore.models.autoencoder import Autoencoder
from aecore.training.init import initial_model
from aecore.training.seeding import seeded

Encode = Callable[[Tensor], Tensor]  # examples (B, *input_shape) in [0, 1] -> features (B, D)


@dataclass(frozen=True)
class Representation:
    """A way to turn examples into features, without using labels."""

    name: str
    title: str
    explanation: str
    fit: Callable[[Autoencoder, RunConfig, Tensor], Encode]  # given the training examples


@dataclass(frozen=True)
class Features:
    """The features of the training and of the test examples."""

    training: Tensor  # (N, D)
    test: Tensor  # (M, D)


def represent(model: Autoencoder, config: RunConfig, data: Data) -> Iterator[tuple[str, Features]]:
    """Yield the features of a dataset's training and test examples, by the name of the representation.

    Args:
        model: a trained model.
        config: its settings.
        data: the dataset; PCA is fitted to its training examples.
    """
    for name, representation in REPRESENTATIONS.items():
        encode = representation.fit(model, config, data.training.images)
        yield name, Features(_features(encode, data.training.images), _features(encode, data.test.images))


def represent_images(
    model: Autoencoder, config: RunConfig, training: Tensor, images: Tensor
) -> Iterator[tuple[str, Tensor]]:
    """Yield the features (N, D) of some examples, by the name of the representation.

    Args:
        model: a trained model.
        config: its settings.
        training: the training examples, to which PCA is fitted.
        images: (N, *input_shape).
    """
    for name, representation in REPRESENTATIONS.items():
        yield name, _features(representation.fit(model, config, training), images)


def _features(encode: Encode, images: Tensor) -> Tensor:
    return torch.cat([encode(x).flatten(1).float().cpu() for x in batches(images)])


def _codes(model: Autoencoder, config: RunConfig, training: Tensor) -> Encode:
    return model.encode


def _pca(model: Autoencoder, config: RunConfig, training: Tensor) -> Encode:
    pca = fit_leading(training, config.latent_size)
    assert pca is not None  # nothing cancels it
    return lambda x: pca.project(x, config.latent_size)


def _untrained(model: Autoencoder, config: RunConfig, training: Tensor) -> Encode:
    start = initial_model(config, training)
    if config.bottleneck.discrete:  # a codebook begins with features of the first batch; before that, it tells nothing
        with seeded(config.training.seed, 0), start.evaluating():
            features = start.encoder(to_float(training[: config.training.batch_size]))
            start.bottleneck.train().encode(features, sample=False, generator=None)
    return start.encode


def _pixels(model: Autoencoder, config: RunConfig, training: Tensor) -> Encode:
    return lambda x: x.flatten(1)


#: All representations by name; the first is the model's.
REPRESENTATIONS = {
    representation.name: representation
    for representation in (
        Representation("codes", "Codes", "The code of each example; of a distribution, its mean.", _codes),
        Representation("pca", "PCA", "Projections on as many principal components as the code has numbers.", _pca),
        Representation(
            "untrained",
            "Untrained encoder",
            "Codes of the same network with the random weights that training started from.",
            _untrained,
        ),
        Representation("pixels", "Pixels", "All pixel values, or all values of a vector.", _pixels),
    )
}
