"""The contract of every network with every bottleneck; the rows come from the registries."""

from __future__ import annotations

import math

import pytest
import torch
from pairwise import pairwise
from pydantic import ValidationError
from torch.nn.attention import SDPBackend, sdpa_kernel

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Data, Mnist5k
from aecore.errors import IncompatibleSettings, InvalidInput
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.models.summary import summarize
from aecore.optim.length import Epochs
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.training.train import train

NETWORKS, BOTTLENECKS = options_by_kind(Network), options_by_kind(Bottleneck)
SHAPES = [(1, 28, 28), (3, 32, 32), (1, 17, 23), (3, 64, 48), (1, 16, 16), (12, 3), (10,)]


@pytest.fixture
def config(network_class: type[Network], bottleneck_class: type[Bottleneck]) -> RunConfig:
    """A network and a bottleneck with default settings; an incompatible pair must explain why, and is skipped."""
    training = Training(length=Epochs(epochs=4), batch_size=50)
    try:
        return RunConfig(
            dataset=Mnist5k(images=1000), network=network_class(), bottleneck=bottleneck_class(), training=training
        )
    except ValidationError as error:
        messages = error_messages(error, RunConfig)
        for path, message in messages.items():
            assert path[0] in ("network", "bottleneck")
            assert message.endswith(".")
        pytest.skip(" ".join(messages.values()))


def compatible(network: str, bottleneck: str, shape: tuple[int, ...]) -> bool:
    chosen = NETWORKS[network]()
    try:
        chosen.check(shape)
        BOTTLENECKS[bottleneck]().check(chosen.feature_shape(shape))
    except IncompatibleSettings:
        return False
    return True


@pytest.mark.parametrize(
    ("network", "bottleneck", "shape"), pairwise([*NETWORKS], [*BOTTLENECKS], SHAPES, valid=compatible), ids=str
)
def test_output_has_the_input_shape_and_is_finite(network: str, bottleneck: str, shape: tuple[int, ...]) -> None:
    network, bottleneck = NETWORKS[network](), BOTTLENECKS[bottleneck]()
    features = network.feature_shape(shape)
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


def test_model_encodes_decodes_and_reconstructs(config: RunConfig) -> None:
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
    assert torch.equal(model(x).z, model(x).z), "codes are not sampled in eval mode"
    assert torch.allclose(model(x[:2]).logits, model(x).logits[:2], atol=1e-4), "images of a batch are independent"


def test_every_parameter_has_a_gradient(config: RunConfig) -> None:
    torch.manual_seed(0)
    model = config.build_model()
    output = model(torch.rand(16, 1, 28, 28))
    (output.logits.square().mean() + sum(output.penalties.values())).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


def test_encoder_is_twice_differentiable(network_class: type[Network]) -> None:
    torch.manual_seed(0)
    encoder, x = network_class().encoder((1, 16, 16)), torch.rand(4, 1, 16, 16, requires_grad=True)
    with sdpa_kernel(SDPBackend.MATH):  # the other backends have no second derivative
        (gradient,) = torch.autograd.grad(encoder(x).square().sum(), x, create_graph=True)
        gradient.square().sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_bfloat16_is_close_to_float32(config: RunConfig) -> None:
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


@pytest.mark.each_once
def test_loaded_model_gives_the_same_output(config: RunConfig, digits: Data, store: Store) -> None:
    progress = next(train(config, digits))
    run = store.create(config)
    run.write_checkpoint(progress.checkpoint())
    x = torch.rand(4, 1, 28, 28)
    loaded = run.model()
    assert not loaded.training
    progress.model.eval()
    assert torch.equal(loaded(x).logits, progress.model(x).logits)


@pytest.mark.each_once
def test_loss_decreases_within_20_steps(config: RunConfig) -> None:
    # Every batch holds all images, so the loss does not vary with their order.
    config = config.changed(
        {"dataset.images": 64, "training.batch_size": 64, "training.length.epochs": 20, "dataset.validation": 0}
    )
    losses = [progress.losses["loss"] for progress in train(config, config.dataset.load())]
    assert len(losses) == 20
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]


def test_config_round_trips_through_json(config: RunConfig) -> None:
    assert RunConfig.model_validate_json(config.to_json()) == config


def test_summary_lists_the_layers(config: RunConfig) -> None:
    layers = summarize(config.build_model("meta"))
    assert sum(layer.parameters for layer in layers) == config.build_model().parameter_count()
    assert [layer.shape for layer in layers if layer.role == "code"] == [config.latent_shape]
    assert (layers[0].role, layers[0].shape) == ("input", (1, 28, 28))
    assert (layers[-1].role, layers[-1].shape) == ("output", (1, 28, 28))
    order = [layer.role for layer in layers]
    roles = ["input", "encoder", "code", "decoder", "output"]
    assert order == sorted(order, key=roles.index)


def test_summary_leaves_the_model_as_it_was(config: RunConfig) -> None:
    model = config.build_model().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert summarize(model) == summarize(config.build_model("meta"))
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.each_once
def test_model_can_be_exported_and_traced(config: RunConfig) -> None:
    """As ONNX does it, which needs packages of its own; the batch may have another size than the example."""
    model, example, x = config.build_model().eval(), torch.rand(3, 1, 28, 28), torch.rand(5, 1, 28, 28)
    batch = torch.export.Dim("batch")
    exported = torch.export.export(model, (example,), dynamic_shapes=({0: batch},)).module()
    for program in (exported, torch.jit.trace(model, (example,))):
        logits, z = program(x)
        assert torch.allclose(logits, model(x).logits, atol=1e-5)
        assert torch.allclose(z, model(x).z, atol=1e-5)


@pytest.mark.each_once
def test_export_of_a_model_in_training_mode_is_refused(config: RunConfig) -> None:
    model, example = config.build_model().train(), torch.rand(3, 1, 28, 28)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for export in (torch.export.export, torch.jit.trace):
        with pytest.raises(InvalidInput, match=r"in training mode.* `model\.eval\(\)`"):
            export(model, (example,))
    assert model(example).logits.shape == example.shape
    model.load_state_dict(before)  # a codebook follows its inputs
    export(model.eval(), (example,))
