"""The setting and the values in `--vary`."""

from __future__ import annotations

from typing import Any

import pytest

from aecore.cli.changes import varied
from aecore.errors import InvalidArguments
from aecore.runs.sweeps.presets import PRESETS


@pytest.mark.parametrize(
    ("text", "setting", "values"),
    [
        ("bottleneck.latent=2,4,8", "bottleneck.latent", (2, 4, 8)),
        ("bottleneck.latent=2, 4", "bottleneck.latent", (2, 4)),
        ("network.kind=dense,conv", "network.kind", ("dense", "conv")),
        ("network.kind=dense, conv", "network.kind", ("dense", "conv")),
        ("training.loss=mse", "training.loss", ("mse",)),
        ("network.dropout=0,0.5,1e-1", "network.dropout", (0, 0.5, 0.1)),
        ("dataset.images=100,null", "dataset.images", (100, None)),
        ("network.widths=[8],[16,8]", "network.widths", ([8], [16, 8])),
        ('training.length={"kind":"steps","steps":9}', "training.length", ({"kind": "steps", "steps": 9},)),
        *((name, preset.setting, preset.values) for name, preset in PRESETS.items()),
    ],
)
def test_vary_is_parsed(text: str, setting: str, values: tuple[Any, ...]) -> None:
    assert varied([text]) == (setting, values)


@pytest.mark.parametrize("text", ["", "=", "=2,4", "bottleneck.latent", "bottleneck.latent=", "latnt"])
def test_vary_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidArguments, match="neither of the form PATH=VALUES"):
        varied([text])
