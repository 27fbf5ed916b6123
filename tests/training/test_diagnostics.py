from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.models.bottlenecks.projections import Linear
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.conv import Conv
from aecore.training.diagnostics import diagnose

DENSE = RunConfig(bottleneck=Linear())
VAE = RunConfig(bottleneck=Variational(latent=20))
WARMING = RunConfig(bottleneck=Variational(latent=20, beta_warmup=10))
VQ = RunConfig(network=Conv(), bottleneck=VectorQuantized(codebook_size=64))

DIGITS = (torch.rand(10, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 255).to(torch.uint8)
BLACK = torch.zeros((10, 1, 28, 28), dtype=torch.uint8)
BLACK[:, :, 10, 10] = 44  # one brighter pixel does not count
CONSTANT = DIGITS[:1].expand(10, -1, -1, -1)

#: Medians of five differ by more than a factor of 1.5, those of twenty do not.
NOISY = [100.0 + 100 * (i % 20 < 10) for i in range(60)][::-1]

GLOROT = DENSE.changed({"training.init": "glorot"})


def without_validation(**metrics: float) -> list[dict[str, Any]]:
    history = records(GOOD)
    history[-1]["train"] = {"loss": history[-1].pop("validation")["loss"], **metrics}
    return history


def records(losses: list[float], epochs: float = 3, **metrics: float) -> list[dict[str, Any]]:
    history = [
        {"step": 100 * (i + 1), "epoch": epochs * (i + 1) / len(losses), "train": {"loss": loss}}
        for i, loss in enumerate(losses)
    ]
    history[-1]["validation"] = {"loss": losses[-1], **metrics}
    return history


GOOD = [200.0 - i for i in range(20)]


@pytest.mark.parametrize(
    ("config", "history", "reconstructions", "message"),
    [
        (DENSE, records(GOOD), DIGITS, None),
        (DENSE, [], None, None),
        (DENSE, records(GOOD), None, None),
        (DENSE, records(GOOD), BLACK, "Every reconstruction is black"),
        (GLOROT, records(GOOD), BLACK, "Every reconstruction is black"),
        (VAE, without_validation(unused=20), DIGITS, "Posterior collapse"),
        (DENSE, [{"step": 5, "epoch": 0.1, "train": {"loss": 9.0}}], BLACK, None),
        (DENSE, records(GOOD), CONSTANT, "Every reconstruction is the same image"),
        (DENSE, records(GOOD, epochs=0.5), CONSTANT, None),
        (DENSE, [{"step": 5, "epoch": 5.0, "train": {"loss": 9.0}}], CONSTANT, None),  # of a small dataset
        (VAE, records(GOOD, unused=0), DIGITS, None),
        (VAE, records(GOOD, unused=20), DIGITS, "Posterior collapse: all 20 latent dimensions"),
        (VAE, records(GOOD, unused=3), DIGITS, "3 of 20 latent dimensions are unused"),
        (WARMING, records(GOOD, unused=20), DIGITS, None),
        (WARMING, records(GOOD, epochs=10, unused=20), DIGITS, "Posterior collapse"),
        (VQ, records(GOOD, entries_used=64), DIGITS, None),
        (VQ, records(GOOD, entries_used=60), DIGITS, "4 of 64 codebook entries are dead"),
        (DENSE, records([*GOOD, 300, 320, 310, 305, 330]), DIGITS, "The loss is diverging"),
        (DENSE, records([*GOOD, 300, 180, 180, 180, 180]), DIGITS, None),
        (DENSE, records([600, 200, 100]), DIGITS, None),
        (DENSE, records(NOISY), DIGITS, "The loss is diverging"),
        (DENSE.changed({"training.batch_size": 1}), records(NOISY), DIGITS, None),
    ],
)
def test_diagnoses_common_failures(
    config: RunConfig, history: list, reconstructions: Tensor | None, message: str | None
) -> None:
    messages = diagnose(config, history, reconstructions)
    assert len(messages) == (message is not None)
    if message:
        assert messages[0].startswith(message)
        assert messages[0].endswith(".")


FAST = {"training.learning_rate": 1.0}
MUON = {"training.optimizer.kind": "muon"}  # its usual rate is 0.05
AUTOENCODING = {"bottleneck.beta": 0.0}
EVERYTHING = {"bottleneck.beta_warmup": 1.0, "bottleneck.free_bits": 0.1}
SPARSE = {"penalty.kind": "l1", "penalty.weight": 5.0}
DIVERGING = records([*GOOD, 300, 320, 310, 305, 330])
RISING = [{**record, "epoch": record["epoch"] / 10} for record in DIVERGING]


@pytest.mark.parametrize(
    ("config", "history", "reconstructions", "says", "never"),
    [
        (DENSE, records(GOOD), CONSTANT, "a larger learning rate", "smaller"),
        (DENSE.changed(FAST), records(GOOD), CONSTANT, "ten times smaller", "larger"),
        (DENSE.changed(MUON), records(GOOD), CONSTANT, "a larger learning rate", "smaller"),
        (DENSE.changed(MUON | FAST), records(GOOD), CONSTANT, "ten times smaller", "larger"),
        (DENSE, DIVERGING, CONSTANT, "ten times smaller", "larger"),
        (DENSE.changed(SPARSE), records(GOOD), CONSTANT, "the penalty (L1 on the code)", "beta"),
        (DENSE.changed({**SPARSE, "penalty.weight": 0.0}), records(GOOD), CONSTANT, "longer", "penalty"),
        (DENSE.changed({"training.l1": 0.1}), records(GOOD), CONSTANT, "less L1 on the weights", "penalty"),
        (VAE, records(GOOD), CONSTANT, "a smaller beta", "penalty"),
        (VAE.changed(AUTOENCODING), records(GOOD), CONSTANT, "longer", "beta"),
        (VAE.changed(AUTOENCODING), records(GOOD, unused=20), DIGITS, "Beta is 0", "smaller beta"),
        (VAE.changed(AUTOENCODING), records(GOOD, unused=3), DIGITS, "3 of 20", "beta"),
        (VAE.changed(EVERYTHING), records(GOOD, unused=20), DIGITS, "Choose a smaller beta.", "warm-up"),
        (DENSE, [{"step": 9, "epoch": 1.0, "train": {"loss": 1.0}, "validation": {"loss": math.nan}}], CONSTANT,
         "ten times smaller", "larger"),
    ],
)  # fmt: skip
def test_advice_does_not_contradict_the_settings(
    config: RunConfig, history: list, reconstructions: Tensor, says: str, never: str
) -> None:
    advice = " ".join(diagnose(config, history, reconstructions))
    assert says in advice
    assert never not in advice


def test_a_loss_that_rises_with_beta_is_not_reported_as_divergence() -> None:
    assert diagnose(WARMING, RISING, DIGITS) == []
    assert diagnose(VAE, RISING, DIGITS)


def test_beta_warm_up_is_not_reported_as_divergence() -> None:
    history = records(GOOD)
    for i, record in enumerate(history):
        record["train"] = {"loss": 100.0 * (i + 1), "reconstruction": 100.0 - i, "kl": 10.0}
    assert diagnose(WARMING, history, DIGITS) == []


def test_advice_on_black_names_an_existing_option() -> None:
    [message] = diagnose(GLOROT, records(GOOD), BLACK)
    labels = type(DENSE.training).model_fields["init"].json_schema_extra["labels"].values()
    assert any(f"“{label}”" in message for label in labels)
