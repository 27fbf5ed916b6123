"""The command lines of the benchmarks: bad values end with a sentence, before anything is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REJECTED = [
    ("versus_loop", "--rounds", "0", "'0' is not a number of at least 1"),
    ("versus_loop", "--rounds", "-3", "'-3' is not a number of at least 1"),
    ("versus_loop", "--seconds", "0", "'0' is not a positive number"),
    ("versus_loop", "--seconds", "nan", "'nan' is not a positive number"),
    ("versus_loop", "--data", "nonsense", "'nonsense' is not one of"),
    ("versus_keras", "--data", "own", "There are no pictures of your own here yet."),
    ("time_to_quality", "--data", "nonsense", "'nonsense' is not one of"),
    ("denoising", "--data", "nonsense", "invalid choice: 'nonsense'"),
    ("denoising", "--images", "0", "'0' is not a number of at least 1"),
]


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments], capture_output=True, text=True, timeout=120
    )


@pytest.mark.slow
@pytest.mark.parametrize(("module", "option", "value", "message"), REJECTED)
def test_bad_values_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, option: str, value: str, message: str
) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))  # without pictures
    result = run(module, option, value)
    assert result.returncode == 2
    assert f"argument {option}: {message}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", ["versus_loop", "versus_keras", "time_to_quality", "denoising", "own_pictures", "fuzz"]
)
def test_help_names_the_module(module: str) -> None:
    assert run(module, "--help").stdout.startswith(f"usage: python -m benchmarks.{module} ")
