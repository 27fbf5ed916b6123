"""When a training uses bfloat16, and what it does not use it for."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.training.device import uses_bfloat16
from aecore.training.trainer import Trainer

CPU = torch.device("cpu")
WIDE = {"network.widths": [512, 256], "training.batch_size": 128}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (WIDE, True),
        ({"network.widths": [128, 64, 32], "training.batch_size": 256}, True),
        ({"network.widths": [128, 64, 32], "training.batch_size": 128}, False),
        ({"network.widths": []}, False),
        ({"network.kind": "conv"}, True),
        ({"network.kind": "recurrent"}, False),
        (WIDE | {"penalty.kind": "contractive"}, False),
        (WIDE | {"training.precision": "float32"}, False),
        ({"network.widths": [8], "training.precision": "bfloat16"}, True),
    ],
)
def test_precision_follows_from_the_settings(
    changes: dict[str, Any], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig().changed(changes)
    monkeypatch.setattr("aecore.training.device.fast_bfloat16", lambda device: True)
    assert uses_bfloat16(config, CPU) == expected
    monkeypatch.setattr("aecore.training.device.fast_bfloat16", lambda device: False)
    assert uses_bfloat16(config, CPU) == (config.training.precision == "bfloat16")


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_validation_and_codes_are_in_float32(digits: Data, kind: str) -> None:
    config = RunConfig().changed({"network.kind": kind, "training.precision": "bfloat16"})
    rounded = Trainer(config, digits, CPU)
    exact = Trainer(config.changed({"training.precision": "float32"}), digits, CPU)
    assert rounded.validate() == exact.validate()
    first, second = rounded.step(0, 1e-3).values["loss"], exact.step(0, 1e-3).values["loss"]
    assert first != second
    assert first == pytest.approx(second, rel=1e-3)
