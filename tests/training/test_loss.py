from __future__ import annotations

import math

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.models.bottlenecks.projections import Linear
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks.dense import Dense
from aecore.objectives.corruptions import Gaussian
from aecore.objectives.penalties import L1
from aecore.training.loss import Loss, l1_norm

CPU = torch.device("cpu")
PLAIN = RunConfig(network=Dense(widths=(16,)), bottleneck=Linear(latent=4))


def build_loss(config: RunConfig) -> Loss:
    torch.manual_seed(0)
    return Loss(config, config.build_model().eval(), CPU)


def with_constant_output(config: RunConfig, logit: float) -> Loss:
    """The loss of a model whose logits are all the same."""
    loss = build_loss(config)
    with torch.no_grad():
        for weight in loss.model.decoder.parameters():
            weight.zero_()
        loss.model.decoder[-2].bias.fill_(logit)
    return loss


@pytest.mark.parametrize(
    ("loss", "pixel", "logit", "per_pixel"),
    [
        ("bce", 1.0, 0.0, math.log(2)),
        ("bce", 0.25, math.log(3), -(0.25 * math.log(0.75) + 0.75 * math.log(0.25))),
        ("mse", 1.0, 0.0, 0.25),
        ("mse", 0.0, math.log(3), 0.75**2),
    ],
)
def test_reconstruction_loss_value(loss: str, pixel: float, logit: float, per_pixel: float) -> None:
    evaluate = with_constant_output(PLAIN.changed({"training.loss": loss}), logit)
    losses = evaluate(torch.full((3, 1, 28, 28), pixel), None)
    assert losses.keys() == {"loss"}
    assert losses["loss"].item() == pytest.approx(784 * per_pixel, rel=1e-5)


def test_linear_output_has_no_sigmoid() -> None:
    loss = with_constant_output(PLAIN.changed({"training.loss": "mse", "network.output": "linear"}), 1.5)
    assert loss(torch.ones(3, 1, 28, 28), None)["loss"].item() == pytest.approx(784 * 0.25, rel=1e-5)


def test_target_of_a_corrupted_image_is_the_clean_one() -> None:
    config = PLAIN.model_copy(update={"corruption": Gaussian(strength=0.5)})
    x = torch.rand(5, 1, 28, 28)
    loss = build_loss(config)
    noisy = config.corruption.corrupt(x, torch.Generator().manual_seed(3))
    value = loss(x, torch.Generator().manual_seed(3))["loss"]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        loss.model(noisy, sample=False).logits, x, reduction="sum"
    )
    assert value.item() == pytest.approx(expected.item() / 5, rel=1e-5)


def test_penalties_are_returned_unweighted_and_added_weighted() -> None:
    config = RunConfig(
        network=Dense(widths=(16,)),
        bottleneck=Variational(latent=4, beta=3.0, beta_warmup=10.0),
        penalty=L1(weight=0.2),
        training=Training(l1=1e-3),
    )
    loss = build_loss(config)
    losses = loss(torch.rand(5, 1, 28, 28), torch.Generator().manual_seed(0), epoch=5.0)
    assert losses.keys() >= {"loss", "reconstruction", "kl", "l1", "l1_weights"}
    expected = losses["reconstruction"] + 1.5 * losses["kl"] + 0.2 * losses["l1"] + 1e-3 * losses["l1_weights"]
    assert losses["loss"].item() == pytest.approx(expected.item(), rel=1e-6)
    assert losses["l1_weights"].item() == pytest.approx(l1_norm(loss.model).item())


def test_l1_norm_excludes_biases() -> None:
    model = PLAIN.build_model()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(-2.0 if name.endswith("weight") else 100.0)
    assert l1_norm(model).item() == 2 * (784 * 16 + 16 * 4 + 4 * 16 + 16 * 784)
