"""Numbers that stop being finite end a training, wherever they appear, with the cause and advice that can help."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Data, Mnist5k
from aecore.data.vectors import Vectors
from aecore.errors import Diverged
from aecore.evaluation.scores import score_pca
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs
from aecore.runs.execute import run_training
from aecore.runs.store import Store
from aecore.training.divergence import check_losses
from aecore.training.train import train
from aecore.training.trainer import Trainer

#: One step with a huge learning rate: the loss before it is finite, that of the validation images after it is not.
VAE = RunConfig(
    dataset=Mnist5k(images=64),
    bottleneck=Variational(latent=20),
    training=Training(length=Epochs(epochs=1), batch_size=64, learning_rate=1),
)
UNHELD = VAE.changed({"dataset.validation": 0, "training.length.epochs": 5})
SMALLER = "Try a learning rate ten times smaller."


def rows(scale: float) -> tuple[RunConfig, Data]:
    """A VAE on vectors with this standard deviation, without validation vectors."""
    dataset, data = Vectors.from_array(torch.randn(40, 5, generator=torch.Generator().manual_seed(0)) * scale)
    training = Training(loss="mse", batch_size=30, length=Epochs(epochs=2))
    network = Dense(widths=(8,))
    return RunConfig(dataset=dataset, network=network, bottleneck=Variational(latent=2), training=training), data


@pytest.mark.parametrize(
    ("config", "start"),
    [
        (VAE, "The validation loss is not finite after step 1 (learning rate 1)"),
        (UNHELD, "The loss is not finite at step 2 (learning rate 1)"),
    ],
)
def test_training_ends_with_the_cause_and_advice(config: RunConfig, start: str) -> None:
    with pytest.raises(Diverged) as raised:
        list(train(config, config.dataset.load()))
    assert str(raised.value).startswith(start)
    assert str(raised.value).endswith(SMALLER)


@pytest.mark.parametrize(
    ("inputs", "updated", "advice"),
    [
        (torch.zeros(2, 3), True, SMALLER),
        (torch.zeros(2, 3), False, "not the cause. Choose another penalty or corruption."),
        (torch.full((2, 3), 1e6), False, "Scale each feature to mean 0 and standard deviation 1."),
        (torch.full((2, 3), 1e6), True, "Scale each feature to mean 0 and standard deviation 1."),
    ],
)
def test_the_advice_fits_the_inputs_and_the_steps_done(inputs: torch.Tensor, updated: bool, advice: str) -> None:
    with pytest.raises(Diverged) as raised:
        check_losses({"loss": math.nan}, "loss", "at step 1", 0.1, inputs, updated)
    assert str(raised.value).endswith(advice)


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ({"loss": math.inf, "reconstruction": 3.0, "kl": math.inf}, "(learning rate 1), because of its term “kl”. Try"),
        ({"loss": math.nan, "reconstruction": math.nan, "kl": math.inf}, "(learning rate 1). Try"),
        ({"loss": 2.0, "reconstruction": 2.0, "perplexity": math.nan}, "because of its term “perplexity”. Try"),
    ],
)
def test_errors_name_the_term_that_is_not_finite(losses: dict[str, float], message: str) -> None:
    with pytest.raises(Diverged) as raised:
        check_losses(losses, "loss", "at step 2", 1.0, torch.zeros(10, 1, 28, 28, dtype=torch.uint8))
    assert message in str(raised.value)
    check_losses(dict.fromkeys(losses, 1.0), "loss", "at step 2", 1.0, torch.zeros(0))


def test_weights_are_checked_after_the_last_step(small: RunConfig) -> None:
    config = small.changed({"dataset.images": 100, "dataset.validation": 0, "training.length.epochs": 1})
    steps = train(config, config.dataset.load())
    next(steps).model.bottleneck.register_buffer("broken", torch.tensor(math.nan))
    with pytest.raises(Diverged, match=r"The weights are not finite after step 2\. Try"):
        next(steps)


def test_a_validation_that_a_resumption_repeats_is_checked(small: RunConfig) -> None:
    config = small.changed({"dataset.images": 100})
    trainer = Trainer(config, config.dataset.load(), torch.device("cpu"))
    trainer.step(0, 1e-3)
    trainer.step(1, 1e-3)
    checkpoint = trainer.checkpoint(2)  # its validation was cancelled: the history is empty
    broken = {name: torch.full_like(value, 3e38) for name, value in checkpoint.model.items()}
    with pytest.raises(Diverged, match="The validation loss is not finite after step 2"):
        trainer.restore(replace(checkpoint, model=broken))


def test_pca_of_values_that_overflow_names_them() -> None:
    _, data = rows(1e30)
    with pytest.raises(Diverged, match=r"PCA .* values of up to \d(\.\d)?e\+30.*Scale"):
        score_pca(fit_pca(data.training.images), 2, data.test)


def test_a_run_with_a_loss_that_is_not_finite_at_validation_fails(store: Store) -> None:
    run = store.create(VAE)
    state = run_training(run)
    assert state.status == "failed"
    assert state.reason.startswith("The validation loss is not finite after step 1")
    assert state.reason.endswith(f"{SMALLER} No checkpoint was written.")
    assert run.results("scores") is None


@pytest.mark.parametrize("stop", [False, True], ids=["finished", "stopped"])
@pytest.mark.parametrize("part", ["model", "pca"])
def test_a_run_with_scores_that_are_not_finite_fails(
    store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch, part: str, stop: bool
) -> None:
    run = store.create(small.changed({"dataset.images": 100, "training.length.epochs": 1}))
    broken = {"model": "Autoencoder.output", "pca": "PCA.reconstruct"}[part]
    module = {"model": "aecore.models.autoencoder", "pca": "aecore.analysis.pca"}[part]
    monkeypatch.setattr(f"{module}.{broken}", lambda self, x, *rest: torch.full_like(x, math.nan))
    state = run_training(run, callback=lambda progress: run.request_stop(stop))
    assert state.status == "failed"
    assert "not finite" in state.reason
    assert "Training failed (" not in state.reason, "an error that was not expected"
    assert run.results("scores") is None
