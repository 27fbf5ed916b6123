"""The scripts in examples run."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_example_runs_and_prints_both_scores(script, capsys):
    runpy.run_path(str(script))
    printed = capsys.readouterr().out
    assert "autoencoder 0." in printed
    assert "PCA with 8 components 0." in printed
