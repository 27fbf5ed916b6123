"""The reference lists every setting with its default and its bounds."""

from __future__ import annotations

import pytest

from aecore.config.reference import FAMILIES, options_table
from aecore.config.run_config import RunConfig
from aecore.options.registry import setting_paths

LINES = options_table().splitlines()


@pytest.mark.parametrize("path", [".".join(path) for path in setting_paths(RunConfig)])
def test_lists_every_setting(path: str) -> None:
    is_group = path == "training" or path in FAMILIES
    assert is_group or any(line.startswith(f"| `{path}` |") for line in LINES)


@pytest.mark.parametrize(
    ("setting", "kinds", "default", "values"),
    [
        ("training.batch_size", "", "256", "whole numbers from 1 to 10,000"),
        ("training.learning_rate", "", "0.001", "numbers above 0 to 10"),
        ("training.loss", "", "bce", "`bce`, `mse`, `histograms`"),
        ("network.widths", "`dense`", "128,64,32", "list of 0 to 8 whole numbers from 1 to 8,192"),
        ("network.tied", "`dense`", "false", "`true`, `false`"),
        ("network.kernel", "`conv`", "3", "`3`, `5`, `7`"),
        ("penalty.target", "`kl-sparsity`", "0.05", "numbers above 0, below 1"),
        (
            "dataset.images",
            "`mnist-5k`, `mnist`, `fashion-mnist`, `kmnist`, `own`, `shapes`",
            "null",
            "whole numbers from 10 or `null`",
        ),
        ("dataset.collection", "`own`", "depends on the data", "text"),
    ],
)
def test_gives_kinds_default_and_bounds(setting: str, kinds: str, default: str, values: str) -> None:
    assert any(line.startswith(f"| `{setting}` | {kinds} | {default} | {values} |") for line in LINES)


@pytest.mark.parametrize("path", FAMILIES)
def test_marks_one_default_kind(path: str) -> None:
    assert sum(line.startswith(f"| `{path}.kind` |") and " (default) | " in line for line in LINES) == 1
