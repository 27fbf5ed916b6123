"""Every network and bottleneck trains with Muon, and continues exactly from a checkpoint."""

from __future__ import annotations

import math
from typing import Any

import pytest

from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.training.train import train

MODELS: list[dict[str, Any]] = [
    *({"network.kind": kind} for kind in options_by_kind(Network)),
    *({"network.kind": "conv", "bottleneck.kind": kind} for kind in options_by_kind(Bottleneck)),
    {"network.kind": "residual", "bottleneck.kind": "feature-map", "training.precision": "bfloat16"},
    {"network.tied": True, "network.widths": [64, 32]},
]
PLAIN = RunConfig().changed(
    {"dataset": Mnist5k(images=60, validation=0), "training.batch_size": 20, "training.length.epochs": 3}
)


@pytest.mark.parametrize("changes", MODELS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_trains_and_continues_exactly(changes: dict[str, Any], store: Store) -> None:
    config = PLAIN.changed({"training.optimizer.kind": "muon", "training.schedule.kind": "one-cycle", **changes})
    data, run = config.dataset.load(), store.create(config)
    records = []
    for progress in train(config, data):
        records.append((progress.step, progress.losses))
        if progress.step == 4:
            run.write_checkpoint(progress.checkpoint())
    losses = [losses["loss"] for _, losses in records]
    assert all(map(math.isfinite, losses))
    assert sum(losses[-3:]) < sum(losses[:3])
    assert [(p.step, p.losses) for p in train(config, data, run.checkpoint())] == records[4:]
