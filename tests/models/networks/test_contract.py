"""The contract that every network keeps with every bottleneck; the rows come from the registries."""

from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError
from torch.nn.attention import SDPBackend, sdpa_kernel

from aecore.config.run_config import RunConfig, Training
from aecore.data import Data, Mnist5k
from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.models.summary import summarize
from aecore.options.registry import error_messages
from aecore.runs.store import Store
from aecore.training.train import train

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 17, 23), (3, 64, 48), (1, 16, 16), (12, 3), (10,)]


@pytest.fixture
def config(network_class: type[Network], bottleneck_class: type[Bottleneck]) -> RunConfig:
    """A network and a bottleneck with their defaults; a pair that is refused must say why, and is skipped."""
    training = Training(epochs=4, batch_size=50)
    try:
        return RunConfig(
            dataset=Mnist5k(images=1000), network=network_class(), bottleneck=bottleneck_class(), training=training
        )
    except ValidationError as error:
        sentences = error_messages(error, RunConfig)
        for path, sentence in sentences.items():
            assert path[0] in ("network", "bottleneck")
            assert sentence.endswith(".")
        pytest.skip(" ".join(sentences.values()))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_and_finite_values(
    network_class: type[Network], bottleneck_class: type[Bottleneck], shape: tuple[int, ...]
) -> None:
    network, bottleneck = network_class(), bottleneck_class()
    try:
        network.check(shape)
        features = network.feature_shape(shape)
        bottleneck.check(features)
    except IncompatibleSettings as refusal:
        pytest.skip(str(refusal))
    encoder, decoder = network.encoder(shape), network.decoder(shape)
    module = bottleneck.build(features, network)
    x = torch.rand(3, *shape)
    encoded = encoder(x)
    assert encoded.shape == (3, *features)
    code = module.encode(encoded, True, None)
    assert code.z.shape == (3, *bottleneck.latent_shape(features))
    logits = decoder(module.decode(code.z))
    assert logits.shape == x.shape
    assert logits.isfinite().all()
    assert set(code.penalties) == set(bottleneck.weights())
    assert all(penalty.shape == () and penalty.isfinite() for penalty in code.penalties.values())


def test_model_output(config: RunConfig) -> None:
    model, x = config.build_model(), torch.rand(5, 1, 28, 28)
    output = model(x)
    assert output.logits.shape == x.shape
    assert output.z.shape == (5, *config.latent_shape)
    assert math.prod(output.z.shape[1:]) == config.latent_size
    model.eval()
    assert model.encode(x).shape == output.z.shape
    reconstruction = model.reconstruct(x)
    assert reconstruction.shape == x.shape
    assert reconstruction.min() >= 0
    assert reconstruction.max() <= 1
    assert torch.equal(reconstruction, model.decode(model.encode(x)))
    assert torch.equal(model(x).z, model(x).z), "without training a code is not drawn"
    assert torch.allclose(model(x[:2]).logits, model(x).logits[:2], atol=1e-4), "pictures of a batch are independent"


def test_every_parameter_has_a_gradient(config: RunConfig) -> None:
    torch.manual_seed(0)
    model = config.build_model()
    output = model(torch.rand(16, 1, 28, 28))
    (output.logits.square().mean() + sum(output.penalties.values())).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


def test_a_penalty_on_the_gradient_reaches_every_weight_of_the_encoder(network_class: type[Network]) -> None:
    torch.manual_seed(0)
    encoder, x = network_class().encoder((1, 16, 16)), torch.rand(4, 1, 16, 16, requires_grad=True)
    with sdpa_kernel(SDPBackend.MATH):  # the others have no second derivative
        (slope,) = torch.autograd.grad(encoder(x).square().sum(), x, create_graph=True)
        slope.square().sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_bfloat16_is_about_as_good(config: RunConfig) -> None:
    torch.manual_seed(0)
    model, x = config.build_model().train(), torch.rand(4, 1, 28, 28)
    with torch.autocast("cpu", torch.bfloat16):
        output = model(x)
    (output.logits.float().square().mean() + sum(output.penalties.values())).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
    model.eval()
    with torch.inference_mode():
        z = model.encode(x)
        exact = model.decode_logits(z)
        with torch.autocast("cpu", torch.bfloat16):
            assert model.encode(x).isfinite().all()
            low = model.decode_logits(z).float()
    assert (low - exact).square().mean() < 0.01 * exact.square().mean()


def test_saved_and_loaded_model_answers_the_same(config: RunConfig, digits: Data, store: Store) -> None:
    progress = next(train(config, digits))
    run = store.create(config)
    run.write_checkpoint(progress.checkpoint())
    x = torch.rand(4, 1, 28, 28)
    loaded = run.model()
    assert not loaded.training
    progress.model.eval()
    assert torch.equal(loaded(x).logits, progress.model(x).logits)


@pytest.mark.each_once
def test_loss_falls_within_20_steps(config: RunConfig) -> None:
    # All pictures in every step: the loss moves by what is learned, not by which pictures a step happens to see.
    config = config.changed(
        {"dataset.images": 64, "training.batch_size": 64, "training.epochs": 20, "dataset.validation": 0}
    )
    losses = [progress.losses["loss"] for progress in train(config, config.dataset.load())]
    assert len(losses) == 20
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]


def test_config_survives_json(config: RunConfig) -> None:
    assert RunConfig.model_validate_json(config.to_json()) == config


def test_diagram_shows_the_model(config: RunConfig) -> None:
    boxes = summarize(config.build_model)
    assert sum(box.parameters for box in boxes) == config.build_model().parameter_count()
    assert [box.shape for box in boxes if box.role == "code"] == [config.latent_shape]
    assert (boxes[0].role, boxes[0].shape) == ("input", (1, 28, 28))
    assert (boxes[-1].role, boxes[-1].shape) == ("output", (1, 28, 28))
    order = [box.role for box in boxes]
    roles = ["input", "encoder", "code", "decoder", "output"]
    assert order == sorted(order, key=roles.index)
