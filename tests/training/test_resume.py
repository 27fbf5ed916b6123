"""A training that is resumed with other settings: it goes on as it says, or is refused with the reason."""

from __future__ import annotations

import math

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.errors import IncompatibleSettings
from aecore.optim.optimizers import Optimizer
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.training.train import Checkpoint, train

OPTIMIZERS = options_by_kind(Optimizer)


def checkpoint_at(config: RunConfig, data: Data, step: int, resume: Checkpoint | None = None) -> Checkpoint:
    return next(p.checkpoint() for p in train(config, data, resume) if p.step == step)


@pytest.mark.parametrize("after", OPTIMIZERS)
@pytest.mark.parametrize("before", OPTIMIZERS)
def test_another_optimizer_starts_anew(small: RunConfig, digits: Data, store: Store, before: str, after: str) -> None:
    config = small.changed({"training.optimizer.kind": before})
    run = store.create(config)
    run.write_checkpoint(checkpoint_at(config, digits, 2))
    stored = run.checkpoint()
    assert stored is not None
    assert stored.optimizer_kind == before
    resumed = next(train(small.changed({"training.optimizer.kind": after}), digits, stored)).checkpoint()
    uninterrupted = checkpoint_at(config, digits, 3)
    assert (before == after) == all(
        torch.equal(resumed.model[name], weight) for name, weight in uninterrupted.model.items()
    )
    steps = [int(value) for name, value in resumed.optimizer.items() if name.endswith(".step")]
    assert set(steps) <= {3 if before == after else 1}


@pytest.mark.parametrize("length", [{"kind": "epochs", "epochs": 1}, {"kind": "steps", "steps": 11}])
def test_a_length_below_what_is_done_is_refused(small: RunConfig, digits: Data, length: dict[str, object]) -> None:
    checkpoint = checkpoint_at(small, digits, 21)
    with pytest.raises(IncompatibleSettings, match=r"21 steps are done, and \d+ steps are all of .* greater length"):
        list(train(small.changed({"training.length": length}), digits, checkpoint))


@pytest.mark.parametrize("changes", [{"bottleneck.latent": 5}, {"network.kind": "conv"}, {"network.widths": [8, 8]}])
def test_another_model_is_refused(small: RunConfig, digits: Data, store: Store, changes: dict[str, object]) -> None:
    run, other, checkpoint = store.create(small), small.changed(changes), checkpoint_at(small, digits, 1)
    with pytest.raises(IncompatibleSettings, match="does not match this model"):
        next(train(other, digits, checkpoint))
    run.write_checkpoint(checkpoint)
    with pytest.raises(IncompatibleSettings, match=r"another model.* first 1 step of"):
        run.write_config(other)
    assert run.model() is not None


def test_best_weights_of_an_interval_that_did_not_store_them_are_not_restored(small: RunConfig, digits: Data) -> None:
    early = small.changed({"training.stopping.kind": "early", "training.length.epochs": 6})
    best = checkpoint_at(early, digits, 20)
    assert best.best
    better = checkpoint_at(early.changed({"training.stopping.kind": "none"}), digits, 60, best)
    assert better.history[2] < better.history[0]
    worse = early.changed({"training.learning_rate": 1.0})
    *_, last = train(worse, digits, better)
    assert not last.ended
    assert last.validation
    assert math.isfinite(last.validation["loss"])
