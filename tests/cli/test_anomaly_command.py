"""The command that takes each class for normal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aecore.cli import main
from aecore.evaluation.anomaly.one_class import OneClassResult, run_one_class
from aecore.runs import one_class
from aecore.utils.version import VERSION

QUICK = ["--dataset", "mnist-5k", "--set", "training.length.steps=30"]


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the results, in a home of its own."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return tmp_path / "anomaly"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The classes and seeds of the models that are trained from now on; Ctrl-C is pressed after the first."""
    found: list[tuple[int, int]] = []

    def spied(*arguments: Any) -> Iterator[OneClassResult]:
        for result in run_one_class(*arguments):
            found.append((result.normal, result.seed))
            yield result
            if len(found) == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(one_class, "run_one_class", spied)
    return found


def test_prints_a_row_for_each_score_and_a_column_for_each_class(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", *QUICK, "--classes", "1,0", "--seeds", "2"]) == 0
    out = capsys.readouterr().out
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines() if line.startswith("|")]
    assert [line for line in lines if line[0] == "score"] == [["score", "0", "1", "mean"]] * 2  # AUROC, precision
    assert {"Squared error", "PCA residual", "Isolation forest", "One-class SVM"} <= {line[0] for line in lines}
    for title, zero, one, mean in lines:
        if title in ("score", "---"):
            continue
        assert float(mean.split(" ± ")[0]) == pytest.approx((float(zero) + float(one)) / 2, abs=0.1), title
    assert "over 2 seeds" in out


def test_one_seed_has_no_spread(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", *QUICK, "--classes", "0", "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert "from one seed" in out
    assert "±" not in out


def test_prints_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", *QUICK, "--classes", "0", "--seeds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (model,) = found["models"]
    assert (found["dataset"], model["normal"], model["seed"]) == ("mnist-5k", 0, 0)
    assert found["mean_auroc"] == model["auroc"]
    assert found["mean_average_precision"] == model["average_precision"]
    assert set(model["auroc"]) == set(model["average_precision"])
    assert all(0 < value <= 1 for value in model["auroc"].values())


def test_no_model_is_trained_twice(
    trained: list[tuple[int, int]], stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["anomaly", *QUICK, "--classes", "0", "--seeds", "2", "--json"]
    assert main(arguments) == 130
    out, err = capsys.readouterr()
    assert "1 of 2 models are stored; the same command continues" in err
    assert not out
    assert main(arguments) == 0
    assert trained == [(0, 0), (0, 1)]
    out, err = capsys.readouterr()
    assert "1 of 2 models were trained before" in err
    first = json.loads(out)
    assert [model["seed"] for model in first["models"]] == [0, 1]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert len(trained) == 2
    assert main([*arguments, "--set", "bottleneck.latent=8"]) == 0
    assert len(trained) == 4, "other settings"
    assert main([*arguments, "--again"]) == 0
    assert len(trained) == 6
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["models"]
    assert len(list(stored.iterdir())) == 4


@pytest.mark.parametrize(
    ("before", "after"),
    [('"auroc"', '"auroc_"'), (f'"{VERSION}"', '"0.0.1"'), ('"pca"', '"pcb"'), (": 0.", ": 7."), ("{", "")],
    ids=["key", "version", "method", "number", "damaged"],
)
def test_a_damaged_or_outdated_result_is_trained_again(
    stored: Path, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["anomaly", *QUICK, "--set", "training.length.steps=5", "--classes", "0", "--seeds", "1", "--json"]
    assert main(arguments) == 0
    (file,) = stored.iterdir()
    content, printed = file.read_text(), capsys.readouterr().out
    assert before in content
    file.write_text(content.replace(before, after, 1) if before != ": 0." else content.replace(before, after))
    assert main(arguments) == 0
    found = capsys.readouterr()
    assert "trained before" not in found.err
    assert found.out == printed
    assert file.read_text() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--classes", "11"], "--classes is '11'; give numbers from 0 to 9, such as 0,8."),
        (["--classes", "a"], "--classes is 'a'"),
        (["--seeds", "0"], "--seeds is 0; it must be at least 1."),
        (["--recipe", "anomly"], "There is no recipe called 'anomly'"),
        (["--set", "network.kind=foo"], "Network is 'foo'"),
    ],
)
def test_refuses_invalid_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", "--dataset", "mnist-5k", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_refuses_a_dataset_without_classes(capsys: pytest.CaptureFixture[str]) -> None:
    unlabeled = ["--dataset", "vectors", "--set", "corruption.kind=none", "--set", "training.loss=mse"]
    assert main(["anomaly", *unlabeled]) != 0
    assert "Vectors has no known classes; choose mnist-5k, mnist" in capsys.readouterr().err
