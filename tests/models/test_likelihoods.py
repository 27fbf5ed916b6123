"""Likelihoods of 8-bit pixels: distributions, their gradients, and what a run needs to use one."""

from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data, Mnist5k
from aecore.data.pixels import to_float
from aecore.evaluation.scores import score_model
from aecore.models.likelihoods import LIKELIHOODS, HistogramMixture
from aecore.models.networks import Network
from aecore.training.init import initial_model
from aecore.training.loss import Loss
from aecore.training.train import train

ALL = pytest.mark.parametrize("kind", LIKELIHOODS)


def example(kind: str) -> tuple[torch.nn.Module, Tensor, Tensor]:
    """A likelihood in float64, two color images (2, 3, 4, 5) with black and white, and random logits."""
    likelihood = LIKELIHOODS[kind]().double()
    generator = torch.Generator().manual_seed(0)
    values = torch.randint(0, 256, (2, 3, 4, 5), generator=generator)
    values[0, 0], values[1, 1] = 0, 255
    logits = 3 * torch.randn(2, 3 * likelihood.outputs, 4, 5, generator=generator, dtype=torch.float64)
    return likelihood, values, logits.requires_grad_()


@ALL
def test_probabilities_sum_to_one_and_give_nats_and_mean(kind: str) -> None:
    likelihood, values, logits = example(kind)
    probabilities = likelihood.probabilities(logits)
    assert probabilities.shape == (2, 3, 4, 5, 256)
    assert (probabilities > 0).all()
    assert torch.allclose(probabilities.sum(dim=-1), torch.ones(2, 3, 4, 5, dtype=torch.float64))
    nats = -probabilities.gather(-1, values[..., None]).log().flatten(1).sum(dim=1)
    assert torch.allclose(likelihood.nats(values.double() / 255, logits), nats)
    mean = (probabilities * torch.linspace(0, 1, 256, dtype=torch.float64)).sum(dim=-1)
    assert torch.allclose(likelihood.mean(logits), mean)


@ALL
def test_gradients_are_those_of_the_probabilities(kind: str) -> None:
    likelihood, values, logits = example(kind)
    weights, images = torch.tensor([1.0, 2.5], dtype=torch.float64), values.double() / 255
    variables = [logits, *likelihood.parameters()]
    log = likelihood.probabilities(logits).gather(-1, values[..., None]).log().flatten(1).sum(dim=1)
    expected = torch.autograd.grad(-(weights * log).sum(), variables)
    found = torch.autograd.grad((weights * likelihood.nats(images, logits)).sum(), variables)
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other)


@ALL
def test_marginal_logits_are_about_the_distribution_of_each_pixel(kind: str, digits: Data) -> None:
    likelihood, images = LIKELIHOODS[kind](), digits.training.images
    logits = likelihood.marginal_logits(images)[None]
    assert logits.shape == (1, likelihood.outputs, 28, 28)
    assert torch.allclose(likelihood.mean(logits)[0], to_float(images).mean(dim=0), atol=0.05)


def test_two_histograms_half_and_half() -> None:
    """One pixel by hand: 0.5 of a histogram that is certain of black, and 0.5 of one that knows nothing."""
    likelihood = HistogramMixture()
    with torch.no_grad():
        table = torch.zeros(8, 256)
        table[0, 0] = 100
        likelihood.table.copy_(table.flatten())
    logits = torch.full((1, 8, 1, 1), -100.0)
    logits[0, :2] = 0
    for value, probability in ((0, 0.5 + 0.5 / 256), (7, 0.5 / 256)):
        nats = likelihood.nats(torch.full((1, 1, 1, 1), value / 255), logits).item()
        assert nats == pytest.approx(-math.log(probability), rel=1e-4)


@ALL
def test_training_starts_at_the_marginal_distributions(kind: str, digits: Data) -> None:
    x = to_float(digits.test.images)
    marginal = LIKELIHOODS[kind]().marginal_logits(digits.training.images).expand(len(x), -1, -1, -1)
    expected = LIKELIHOODS[kind]().nats(x, marginal).mean().item()
    losses = {}
    for init in ("mean-image", "pytorch"):
        config = RunConfig().changed({"training.loss": kind, "training.init": init})
        model = initial_model(config, digits.training.images).eval()
        losses[init] = Loss(config, model, torch.device("cpu"))(x, None)["loss"].item()
    assert losses["mean-image"] == pytest.approx(expected, rel=0.05)
    assert losses["pytorch"] > 1.5 * expected


@ALL
def test_every_network_trains_and_reconstructs_with_it(kind: str, network_class: type[Network]) -> None:
    changes = {
        "network.kind": network_class.model_fields["kind"].default, "training.loss": kind,
        "bottleneck.kind": "variational", "training.length": {"kind": "steps", "steps": 2}, "training.batch_size": 10,
    }  # fmt: skip
    config = RunConfig(dataset=Mnist5k(images=50, validation=10)).changed(changes)
    data = config.dataset.load()
    *_, last = train(config, data)
    assert set(last.validation) >= {"loss", "reconstruction", "kl", "bits_per_pixel"}
    output = last.model.reconstruct(data.test.images[:3])
    assert output.shape == (3, 1, 28, 28)
    assert 0 <= output.min() < output.max() <= 1
    assert 0 < score_model(last.model, data.test.take(torch.arange(20))).bce < 1


@ALL
@pytest.mark.parametrize("bottleneck", ["linear", "variational"])
def test_bits_per_pixel_are_those_of_the_elbo(kind: str, bottleneck: str, digits: Data) -> None:
    config = RunConfig().changed({"training.loss": kind, "bottleneck.kind": bottleneck})
    loss = Loss(config, initial_model(config, digits.training.images).eval(), torch.device("cpu"))
    losses = loss(to_float(digits.test.images[:9]), None)
    if bottleneck == "linear":
        assert "bits_per_pixel" not in losses, "a code without a prior has no length"
    else:
        assert losses["bits_per_pixel"].item() == pytest.approx(losses["loss"].item() / (784 * math.log(2)), rel=1e-5)


@ALL
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network.tied": True}, "outputs per pixel, but tied weights have one; choose another loss."),
        ({"network.widths": []}, "outputs per pixel, but a code without hidden layers has one"),
        ({"network.output": "linear"}, "needs pixels in \\[0, 1\\], but a linear output may exceed that range"),
        ({"dataset.kind": "vectors"}, "needs pixels in \\[0, 1\\], but Vectors has none; choose MSE as the loss."),
    ],
)
def test_explains_what_it_cannot_be_combined_with(kind: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RunConfig().changed({"training.loss": kind, **changes})
