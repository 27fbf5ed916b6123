"""The published-numbers check itself; its long trainings are not part of the tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aecore.cli import main
from aecore.runs import reproduce as check
from aecore.runs.reproduce import CHECKS, Outcome, Row, reproduce, table

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_an_unknown_check_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "soup"]) == 2
    assert f"no check called 'soup'; possible values are {', '.join(CHECKS)}" in capsys.readouterr().err


@pytest.mark.usefixtures("full_mnist")
def test_pca_s_published_number() -> None:
    [row] = reproduce(["pca-30"])
    assert row.outcome.holds
    assert row.outcome.value == pytest.approx(13.87, abs=0.02)


def test_without_mnist_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    assert "Fetch it first" in capsys.readouterr().err


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_whether_all_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], holds: bool, code: int
) -> None:
    rows = [Row(entry, Outcome(1.25, holds), 90.0) for entry in CHECKS.values()]
    monkeypatch.setattr("aecore.cli.reproduce", lambda names, callback: iter(rows))
    assert main(["check"]) == code
    out = capsys.readouterr().out.strip()
    assert out == table(rows)
    assert out.count("\n") == len(CHECKS) + 1
    assert all(f"`{name}`" in out for name in CHECKS)
    assert "1.5 min" in out


def test_everything_is_learned_from_all_training_images() -> None:
    assert check.ALL.limit() == 60_000


def test_the_readme_records_checks_that_there_are() -> None:
    recorded = re.findall(r"^\| `([a-z0-9-]+)` \| (.*?) \| .* \| (?:yes|\*\*no\*\*) \|", README, re.M)
    assert recorded
    for name, what in recorded:
        assert CHECKS[name].what == what
    assert all(f"`{name}`" in README for name in CHECKS)
