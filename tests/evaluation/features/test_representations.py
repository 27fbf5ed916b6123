from __future__ import annotations

import pytest
import torch

from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.features.representations import REPRESENTATIONS, represent, represent_images
from aecore.models.bottlenecks.variational import Variational
from aecore.runs.run import Run
from aecore.training.init import initial_model


@pytest.mark.parametrize("bottleneck", [{}, {"bottleneck": Variational(latent=4)}], ids=["linear", "variational"])
def test_representations_are_of_equal_size_and_of_the_images(
    small: RunConfig, digits: Data, bottleneck: dict[str, object]
) -> None:
    config = small.changed({**bottleneck, "dataset.images": 1000})
    model = config.build_model()
    found = dict(represent(model, config, digits))
    assert list(found) == list(REPRESENTATIONS)
    for name, features in found.items():
        size = 784 if name == "pixels" else 4
        assert features.training.shape == (len(digits.training), size)
        assert features.test.shape == (len(digits.test), size)
    images = to_float(digits.test.images[:5])
    assert torch.allclose(found["codes"].test[:5], model.encode(images), atol=1e-5)
    assert torch.equal(found["pixels"].test[:5], images.flatten(1))
    assert not torch.allclose(found["untrained"].test, found["codes"].test, atol=0.01)


def test_the_untrained_encoder_has_the_weights_that_training_started_from(trained: Run) -> None:
    config = trained.config()
    data = config.dataset.load()
    found = dict(represent(trained.model(), config, data))
    start = initial_model(config, data.training.images)
    assert torch.allclose(found["untrained"].test[:9], start.encode(to_float(data.test.images[:9])), atol=1e-5)
    assert torch.equal(dict(represent(trained.model(), config, data))["untrained"].test, found["untrained"].test)


def test_the_untrained_codebook_tells_images_apart(digits: Data) -> None:
    """A codebook of random numbers far from all features would be one code for everything, and no baseline."""
    config = RECIPES["vq-vae"].config()
    features = represent_images(config.build_model(), config, digits.training.images, digits.test.images[:50])
    assert len(dict(features)["untrained"].unique(dim=0)) > 40


def test_projections_of_pca_are_centered_and_uncorrelated(small: RunConfig, digits: Data) -> None:
    features = dict(represent(small.build_model(), small, digits))["pca"].training
    assert torch.allclose(features.mean(dim=0), torch.zeros(4), atol=1e-4)
    covariance = features.T @ features / len(features)
    assert torch.allclose(covariance, covariance.diag().diag(), atol=1e-3)
    assert (covariance.diag().diff() < 0).all()
