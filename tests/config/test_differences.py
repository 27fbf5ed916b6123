"""Settings of several configs side by side."""

from __future__ import annotations

import pytest

from aecore.config.differences import setting_rows
from aecore.config.run_config import RunConfig

BASE = RunConfig()

#: Changes of each config, and the settings that differ.
DIFFERING = {
    "equal": (({}, {}), {}),
    "a number": (
        ({"training.batch_size": 64}, {"training.batch_size": 1000}),
        {"Training · Batch size": ("64", "1,000")},
    ),
    "a labeled value": (({}, {"training.loss": "mse"}), {"Training · Loss": ("BCE", "MSE")}),
    "a list": (({"network.widths": [32]}, {"network.widths": [64, 16]}), {"Network · Layer widths": ("32", "64, 16")}),
    "three configs": (
        ({"bottleneck.latent": 2}, {"bottleneck.latent": 4}, {"bottleneck.latent": 2}),
        {"Bottleneck · Latent size": ("2", "4", "2")},
    ),
    "an option with settings of its own": (
        ({}, {"penalty": {"kind": "l1", "weight": 0.5}}),
        {"Penalty": ("None", "L1 on the code"), "Penalty · Weight": (None, "0.5")},
    ),
}


@pytest.mark.parametrize(("changes", "expected"), DIFFERING.values(), ids=DIFFERING)
def test_differing_settings(changes, expected):
    rows = setting_rows([BASE.changed(change) for change in changes])
    assert {row.title: row.values for row in rows if row.differs} == expected


def test_every_setting_has_a_row_and_groups_stay_together():
    rows = setting_rows([BASE, BASE.changed({"network": {"kind": "conv"}})])
    groups = [row.path[0] for row in rows]
    assert list(dict.fromkeys(groups)) == list(RunConfig.model_fields)
    assert groups == sorted(groups, key=list(RunConfig.model_fields).index)
    assert all(row.title and len(row.values) == 2 for row in rows)
