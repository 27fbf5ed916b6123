from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tensors import equal
from torch.optim.lr_scheduler import OneCycleLR

from aecore.analysis.metrics import cross_entropy, to_logits
from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Data, Mnist5k
from aecore.data.pixels import to_float
from aecore.errors import Diverged, IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks import Network
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs
from aecore.optim.schedules import Cosine
from aecore.runs.store import Store
from aecore.training.train import Progress, train
from aecore.training.trainer import Trainer


def weights(progress: Progress) -> dict[str, torch.Tensor]:
    return progress.checkpoint().model


def numbers(records: list[Progress]) -> list[object]:
    return [(p.step, p.losses, p.learning_rate, p.validation) for p in records]


def stochastic_config(network_class: type[Network], bottleneck_class: type[Bottleneck]) -> RunConfig:
    """A config with as much randomness as possible: 7 steps per epoch, 2 epochs."""
    dropout = {"dropout": 0.2} if "dropout" in network_class.model_fields else {}
    try:
        return RunConfig(
            dataset=Mnist5k(images=200, validation=50),
            network=network_class.model_validate(dropout),
            bottleneck=bottleneck_class(),
            training=Training(length=Epochs(epochs=2), batch_size=32, schedule=Cosine()),
        )
    except ValidationError:
        pytest.skip("incompatible; see the contract tests")


@pytest.mark.each_once
def test_results_are_reproducible_and_resumable(
    network_class: type[Network], bottleneck_class: type[Bottleneck], store: Store
) -> None:
    """A second training, and one resumed in the middle of an epoch from its run folder, give the same numbers."""
    config = stochastic_config(network_class, bottleneck_class)
    data, run = config.dataset.load(), store.create(config)
    uninterrupted = []
    for progress in train(config, data):
        uninterrupted.append(progress)
        if progress.step == 10:
            run.write_checkpoint(progress.checkpoint())
    torch.rand(3)  # other uses of the global random numbers
    again = []
    for progress in train(config, data):
        again.append(progress)
        torch.rand(1)
    rest = list(train(config, data, run.checkpoint()))
    assert len(uninterrupted) == 14
    assert numbers(again) == numbers(uninterrupted)
    assert numbers(rest) == numbers(uninterrupted[10:])
    assert equal(weights(again[-1]), weights(uninterrupted[-1]))
    assert equal(weights(rest[-1]), weights(uninterrupted[-1]))


def test_one_cycle_ends_at_its_final_rate_as_in_torch(small: RunConfig, digits: Data) -> None:
    config = small.changed({"training.schedule.kind": "one-cycle", "training.learning_rate": 1.0})
    trainer = Trainer(config, digits, torch.device("cpu"))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    # torch's fraction counts the peak as a step of the warm-up
    theirs = OneCycleLR(optimizer, 1.0, 40, pct_start=(0.3 * 39 + 1) / 40, div_factor=25, final_div_factor=400)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step() if len(rates) < 40 else None
    assert [trainer.learning_rate(step, 40) for step in range(40)] == pytest.approx(rates)
    assert rates[-1] == pytest.approx(1e-4)
    assert trainer.learning_rate(0, 1) == pytest.approx(0.04), "a single step"


def test_seed_changes_the_results(small: RunConfig, digits: Data) -> None:
    first, second = (next(train(small.changed({"training.seed": seed}), digits)).losses["loss"] for seed in (0, 1))
    assert first != second


def test_interleaved_trainings_are_independent(small: RunConfig, digits: Data) -> None:
    other = small.changed({"training.seed": 7})
    alone = [p.losses for p in train(small, digits)]
    interleaved = [p.losses for p, _ in zip(train(small, digits), train(other, digits), strict=True)]
    assert interleaved == alone


def test_does_not_change_global_random_state(small: RunConfig, digits: Data) -> None:
    config = RunConfig.model_validate(small.model_dump() | {"bottleneck": Variational(latent=4).model_dump()})
    torch.manual_seed(3)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    for progress, _ in zip(train(config, digits), range(25), strict=False):
        progress.snapshot()
        progress.checkpoint()
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_resumes_with_another_learning_rate_and_more_epochs(small: RunConfig, digits: Data) -> None:
    *_, last = train(small, digits)
    longer = small.changed({"training.length.epochs": 5, "training.learning_rate": 2e-3})
    records = list(train(longer, digits, last.checkpoint()))
    assert records[0].step == last.step + 1
    assert records[-1].step == records[-1].steps == last.steps // 3 * 5
    assert records[-1].epoch == 5
    assert {record.learning_rate for record in records} == {2e-3}


def test_resuming_a_finished_training_yields_nothing(small: RunConfig, digits: Data) -> None:
    *_, last = train(small, digits)
    assert list(train(small, digits, last.checkpoint())) == []


def test_rejects_checkpoint_of_another_model(small: RunConfig, digits: Data) -> None:
    checkpoint = next(train(small, digits)).checkpoint()
    with pytest.raises(ValueError, match="does not match this model"):
        next(train(small.changed({"bottleneck.latent": 5}), digits, checkpoint))


@pytest.mark.parametrize("batch_size", [25, 100, 500])
def test_rejects_a_checkpoint_with_epochs_of_another_length(small: RunConfig, digits: Data, batch_size: int) -> None:
    training = train(small, digits)
    next(training)
    checkpoint = next(training).checkpoint()
    other = small.changed({"training.batch_size": batch_size})
    with pytest.raises(IncompatibleSettings, match=rf"epochs of 20 steps.*batches of {batch_size} give epochs of"):
        next(train(other, digits, checkpoint))
    older = replace(checkpoint, steps_per_epoch=None)  # of a version that did not store it
    assert next(train(small, digits, older)).step == 3


def test_checkpoint_is_a_copy(small: RunConfig, digits: Data) -> None:
    training = train(small, digits)
    checkpoint = next(training).checkpoint()
    before = {name: value.clone() for name, value in checkpoint.model.items()}
    next(training)
    assert equal(checkpoint.model, before)


@pytest.fixture
def diverging() -> RunConfig:
    return RunConfig(
        dataset=Mnist5k(images=500),
        network=Dense(widths=(64,)),
        bottleneck=Variational(latent=4),
        training=Training(length=Epochs(epochs=20), batch_size=50, learning_rate=10),
    )


def test_raises_diverged_for_a_too_large_learning_rate(diverging: RunConfig, digits: Data) -> None:
    with pytest.raises(Diverged, match=r"not finite at step \d+ \(learning rate 10\)\. Try .* smaller\.$"):
        for _ in train(diverging, digits):
            pass


def test_checkpoint_rejects_non_finite_weights(small: RunConfig, digits: Data) -> None:
    progress = next(train(small, digits))
    with torch.no_grad():
        next(progress.model.parameters()).fill_(torch.nan)
    with pytest.raises(Diverged, match="weights are not finite after step 1"):
        progress.checkpoint()


def test_yields_one_record_per_step(small: RunConfig) -> None:
    data = Mnist5k(images=105).load()
    records = list(train(small, data))
    assert [record.step for record in records] == list(range(1, 10)), "105 images in batches of 50: 3 steps per epoch"
    assert {record.steps for record in records} == {9}
    assert [record.epoch for record in records][2::3] == [1, 2, 3]
    assert [record.step for record in records if record.validation] == [3, 6, 9]
    assert all(record.images_per_second > 0 for record in records)
    assert records[-1].validation["loss"] < records[2].validation["loss"]


def test_losses_name_their_terms(digits: Data) -> None:
    config = RunConfig(network=Dense(widths=(32,)), bottleneck=Variational(latent=2, beta=3.0))
    losses = next(train(config, digits)).losses
    assert losses.keys() == {"loss", "reconstruction", "kl", "unused"}
    assert losses["loss"] == pytest.approx(losses["reconstruction"] + 3 * losses["kl"], rel=1e-5)


@pytest.mark.parametrize(
    ("images", "epochs", "milestones"),
    [
        (500, 2, {1, 2, 4, 8, 10, 16, 20}),
        (50, 3, {1, 2, 3}),
        (1000, 1, {1, 2, 4, 8, 16, 20}),
        (50, 61, {1, *range(2, 61, 2), 61}),  # at most 60 ends of epochs, and always the last
    ],
)
def test_milestones(small: RunConfig, images: int, epochs: int, milestones: set[int]) -> None:
    config = small.changed({"training.length.epochs": epochs})
    assert {p.step for p in train(config, Mnist5k(images=images).load()) if p.milestone} == milestones


def test_snapshot_shows_the_current_model(small: RunConfig, digits: Data) -> None:
    training = train(small, digits)
    first = next(training).snapshot()
    progress = next(training)
    second = progress.snapshot()
    assert (first.step, second.step) == (1, 2)
    assert first.reconstructions.shape == (10, 1, 28, 28)
    assert first.reconstructions.dtype == torch.uint8
    assert first.codes.shape == (500, 4), "all test images, at most a thousand"
    assert first.codes.dtype == torch.float16
    assert not torch.equal(first.codes, second.codes)
    assert torch.equal(progress.preview(), second.reconstructions)
    expected = progress.model.reconstruct(to_float(digits.test.images[digits.examples()]))
    assert torch.equal(second.reconstructions, (expected * 255).round().to(torch.uint8))


def test_large_codes_are_stored_for_fewer_images(digits: Data) -> None:
    config = RunConfig(network=Conv(channels=(32,)), bottleneck=FeatureMap())
    codes = next(train(config, digits)).snapshot().codes
    assert codes.shape[1:] == (32, 14, 14)
    assert 10 <= len(codes) < 100


@pytest.mark.parametrize("network", [Dense(), Conv()], ids=lambda network: network.kind)
def test_training_starts_at_the_mean_image(network: Network) -> None:
    config = RunConfig(dataset=Mnist5k(images=200), network=network, training=Training(batch_size=200))
    data = config.dataset.load()
    x = to_float(data.training.images)
    mean = x.mean(dim=0, keepdim=True) if network.kind == "dense" else x.mean().expand(1, 1, 28, 28)
    expected = cross_entropy(x, to_logits(mean).expand(x.shape)).mean().item()
    assert next(train(config, data)).losses["loss"] == pytest.approx(expected, rel=0.05)


def test_weight_decay_shrinks_weights(small: RunConfig, digits: Data) -> None:
    norms = []
    for decay in (0.0, 0.1):
        *_, last = train(small.changed({"training.weight_decay": decay}), digits)
        norms.append(sum(w.square().sum().item() for w in last.model.parameters()))
    assert norms[1] < norms[0]


def test_uses_the_data_argument(small: RunConfig, digits: Data) -> None:
    black = replace(digits, training=digits.validation)
    assert len(list(train(small, black))) == 3 * len(digits.validation) // 50
