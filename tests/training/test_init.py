from __future__ import annotations

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.scores import reconstruct
from aecore.models.autoencoder import Autoencoder
from aecore.models.networks import Network
from aecore.training.init import init_weights
from aecore.training.train import train


def initialized(changes: dict[str, object], images: torch.Tensor) -> Autoencoder:
    config = RunConfig().changed(changes)
    torch.manual_seed(0)
    model = config.build_model()
    init_weights(model, config, images)
    return model.eval()


def test_mean_image_init_reconstructs_about_the_mean(network_class: type[Network], digits: Data) -> None:
    kind, images = network_class.model_fields["kind"].default, digits.training.images[:200]
    mean = to_float(images).mean()
    reconstructions = {
        init: reconstruct(initialized({"network.kind": kind, "training.init": init}, images), images).reconstructions
        for init in ("mean-image", "pytorch")
    }
    errors = {init: abs(to_float(images).mean() - mean).item() for init, images in reconstructions.items()}
    assert errors["mean-image"] < 0.1
    assert errors["mean-image"] < errors["pytorch"]


@pytest.mark.parametrize(
    "network", [{"network.widths": []}, {"network.widths": [32]}], ids=["no hidden layer", "one hidden layer"]
)
@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_output_bias_is_the_mean_image(network: dict[str, object], output: str, digits: Data) -> None:
    changes = {"network.output": output, "training.loss": "mse", **network}
    model = initialized(changes, digits.training.images)
    bias = [weight for name, weight in model.named_parameters() if name.endswith("bias")]
    reconstruction = model.output(next(b for b in bias if b.numel() == 784))
    mean = to_float(digits.training.images).mean(dim=0).flatten()
    assert torch.allclose(reconstruction, mean if output == "linear" else mean.clamp(0.01, 0.99), atol=1e-5)


def test_glorot_has_zero_biases_and_bounded_weights(digits: Data) -> None:
    model = initialized({"network.widths": [50], "training.init": "glorot"}, digits.training.images)
    bound = (6 / (784 + 50)) ** 0.5
    first = model.encoder[1]
    assert not first.bias.any()
    assert 0.98 * bound < first.weight.abs().max() <= bound


def test_vectors_start_at_their_mean() -> None:
    config = RunConfig().changed({"dataset.kind": "vectors", "training.loss": "mse", "dataset.features": 6})
    data = config.dataset.load()
    progress = next(train(config, data))
    assert progress.model.decoder[-2].bias.shape == (6,)
    expected = data.training.images.mean(dim=0)
    assert torch.allclose(progress.model.decoder[-2].bias, expected, atol=2 * progress.learning_rate)
