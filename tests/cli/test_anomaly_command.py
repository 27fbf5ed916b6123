"""The command that takes each class for normal."""

from __future__ import annotations

import json

import pytest

from aecore.cli import main

QUICK = ["--dataset", "mnist-5k", "--set", "training.length.steps=30"]


def test_prints_a_row_for_each_score_and_a_column_for_each_class(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", *QUICK, "--classes", "1,0", "--seeds", "2"]) == 0
    out = capsys.readouterr().out
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines() if line.startswith("|")]
    assert lines[0] == ["score", "0", "1", "mean"]
    assert {"Squared error", "PCA residual", "Isolation forest", "One-class SVM"} <= {line[0] for line in lines}
    for title, zero, one, mean in lines[2:]:
        assert float(mean.split(" ± ")[0]) == pytest.approx((float(zero) + float(one)) / 2, abs=0.1), title
    assert "over 2 seeds" in out


def test_prints_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomaly", *QUICK, "--classes", "0", "--seeds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (model,) = found["models"]
    assert (found["dataset"], model["normal"], model["seed"]) == ("mnist-5k", 0, 0)
    assert found["mean_auroc"] == model["auroc"]
    assert set(model["auroc"]) == set(model["average_precision"])
    assert all(0 < value <= 1 for value in model["auroc"].values())


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
    assert "Vectors has no known classes; choose mnist-5k or mnist." in capsys.readouterr().err
