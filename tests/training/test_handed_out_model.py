"""The model that a training hands out: looking at it changes neither the training nor the model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch
from tensors import equal
from torch import Tensor, nn

from aecore.config.run_config import RunConfig
from aecore.data import Data, Split
from aecore.errors import InvalidInput
from aecore.evaluation.denoising import denoise
from aecore.evaluation.outliers import encode_images
from aecore.evaluation.scores import reconstruct, score_model
from aecore.latent.codes import decoder, encode_dataset, reconstructions
from aecore.models.autoencoder import Autoencoder
from aecore.models.summary import summarize
from aecore.training.train import train

#: Everything that depends on the mode of a model: its codebook, running means or dropout.
MODELS = {
    "vector-quantized": {"network.kind": "conv", "bottleneck.kind": "vector-quantized"},
    "batch norm": {"network.norm": "batch"},
    "dropout": {"network.dropout": 0.5},
    "stochastic code": {"bottleneck.kind": "variational"},
}
LOOKS: dict[str, Callable[[Autoencoder, Tensor, Data], object]] = {
    "forward": lambda model, x, _: model(x).logits,
    "encode": lambda model, x, _: model.encode(x),
    "decode": lambda model, x, _: model.decode(torch.zeros(3, *model.latent_shape)),
    "reconstruct": lambda model, x, _: model.reconstruct(x),
    "score_model": lambda model, _, data: score_model(model, Split(data.test.images[:20], data.test.labels[:20])),
    "encode_dataset": lambda model, _, data: encode_dataset(model, data, 20).codes,
    "encode_images": lambda model, x, _: encode_images(model, x),
    "reconstructions": lambda model, _, data: reconstructions(model, encode_dataset(model, data, 20)),
    "decoder": lambda model, *_: decoder(model)(torch.zeros(3, *model.latent_shape).flatten(1)),
    "reconstruct with errors": lambda model, x, _: reconstruct(model, x).errors,
    "denoise": lambda model, x, _: denoise(model, x),
    "summarize": lambda model, *_: summarize(model),
}


def same(first: object, second: object) -> bool:
    return torch.equal(first, second) if isinstance(first, Tensor) else first == second


@pytest.fixture(params=MODELS)
def config(request: pytest.FixtureRequest, small: RunConfig) -> RunConfig:
    changes = {"training.length": {"kind": "steps", "steps": 4}, "dataset.validation": 0}
    return small.changed(MODELS[request.param] | changes)


@pytest.fixture
def unvalidated(config: RunConfig) -> Data:
    """Without validation images, which would put the model in evaluation mode at the end."""
    return config.dataset.load()


def test_looking_at_the_model_changes_nothing(config: RunConfig, unvalidated: Data, digits: Data) -> None:
    x = torch.rand(3, 1, 28, 28)
    undisturbed = [(p.losses, p.checkpoint().model) for p in train(config, unvalidated)]
    model: Autoencoder | None = None
    state = torch.get_rng_state()
    for progress, (losses, weights) in zip(train(config, unvalidated), undisturbed, strict=True):
        model = model or progress.model  # the first record's model is every record's model
        assert progress.losses == losses
        for name, look in LOOKS.items():
            assert same(look(model, x, digits), look(model, x, digits)), name
        assert equal(progress.checkpoint().model, weights)
    assert model is not None
    for name, look in LOOKS.items():
        assert same(look(model, x, digits), look(model, x, digits)), f"{name} after the end"
    assert equal(model.state_dict(), weights)
    assert torch.equal(torch.get_rng_state(), state)


def test_model_is_in_evaluation_mode_after_an_interrupted_step(
    small: RunConfig, digits: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = train(small, digits)
    model = next(training).model
    monkeypatch.setattr(torch.Tensor, "backward", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        next(training)
    assert not any(module.training for module in model.modules())


def test_looking_keeps_the_mode_of_each_module(config: RunConfig, digits: Data) -> None:
    model, x = config.build_model().train(), torch.rand(3, 1, 28, 28)
    model.decoder.eval()  # as to train the encoder alone
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for name, look in LOOKS.items():
        if name != "forward":
            assert same(look(model, x, digits), look(model, x, digits)), name
    assert [module.training for module in model.modules()] == modes
    assert equal(model.state_dict(), before)


def test_others_can_train_on_the_results(config: RunConfig, digits: Data) -> None:
    model = config.build_model().eval()
    for name, look in LOOKS.items():
        result = look(model, torch.rand(3, 1, 28, 28), digits)
        if not isinstance(result, Tensor):
            continue
        assert result.requires_grad == (name == "forward"), name
        features = result.float().reshape(len(result), -1)
        probe = nn.Linear(features.shape[1], 1)  # such as a classifier of codes
        probe(features).sum().backward()
        assert probe.weight.grad is not None, name


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_training_does_not_depend_on_the_gradient_mode_of_its_caller(
    config: RunConfig, unvalidated: Data, context: Callable[[], AbstractContextManager[None]]
) -> None:
    *_, undisturbed = train(config, unvalidated)
    with context():
        *_, last = train(config, unvalidated)
        assert not torch.is_grad_enabled()
    assert equal(last.checkpoint().model, undisturbed.checkpoint().model)
    assert not any(weight.is_inference() for weight in last.model.parameters())


def test_a_record_of_the_past_gives_no_checkpoint_of_the_present(config: RunConfig, unvalidated: Data) -> None:
    first, *_, last = train(config, unvalidated)
    for take in (first.checkpoint, first.snapshot):
        with pytest.raises(InvalidInput, match=r"record of step 1, and the training is at step 4; .* next record"):
            take()
    assert last.checkpoint().step == last.snapshot().step == 4
