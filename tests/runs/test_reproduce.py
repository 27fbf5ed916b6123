"""Reproduction of published results; the long trainings are not part of the tests."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest

from aecore.cli import main
from aecore.runs.reproduce import DATASET, TARGETS, Outcome, Row, reproduce, table

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_rejects_an_unknown_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "soup"]) == 2
    assert f"no target 'soup'; possible values are {', '.join(TARGETS)}" in capsys.readouterr().err


@pytest.mark.usefixtures("full_mnist")
def test_reproduces_pca() -> None:
    [row] = reproduce(["pca-30"])
    assert row.outcome.holds
    assert row.outcome.value == pytest.approx(13.87, abs=0.02)


def test_says_how_to_fetch_mnist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 1
    assert "Download it first" in capsys.readouterr().err


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_exit_code_says_whether_all_targets_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], holds: bool, code: int
) -> None:
    rows = [Row(target, Outcome(1.25, holds), seconds) for target, seconds in zip(TARGETS.values(), cycle([4.2, 90.0]))]
    monkeypatch.setattr("aecore.runs.reproduce.reproduce", lambda names, callback: iter(rows))
    assert main(["reproduce"]) == code
    out = capsys.readouterr().out.strip()
    assert out == table(rows)
    assert out.count("\n") == len(TARGETS) + 1
    assert all(f"`{name}`" in out for name in TARGETS)
    assert "| 4 s |" in out
    assert "| 1.5 min |" in out


def test_trains_on_all_training_images() -> None:
    assert DATASET.max_images() == 60_000


def test_readme_records_existing_targets() -> None:
    recorded = re.findall(r"^\| `([a-z0-9-]+)` \| (.*?) \| .* \| (?:yes|\*\*no\*\*) \|", README, re.M)
    assert recorded
    for name, quantity in recorded:
        assert TARGETS[name].quantity == quantity
    assert all(f"`{name}`" in README for name in TARGETS)
