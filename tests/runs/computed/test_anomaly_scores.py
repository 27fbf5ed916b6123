"""Anomaly scores that are stored with a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.evaluation.anomaly.scores import SCORES
from aecore.runs.computed import anomaly_scores
from aecore.runs.computed.anomaly_scores import method_names, read_scores
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.tensors import read_tensors, write_tensors

COUNT = 500  # test images


@pytest.fixture(scope="module")
def scored(small: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was trained on one digit, with its scores."""
    changes = {"dataset.classes": (8,), "dataset.images": 200, "training.length.epochs": 1}
    run = Store(tmp_path_factory.mktemp("scored") / "runs").create(small.changed(changes), "One", training=True)
    assert run_training(run).status == "finished"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECORE_HOME", str(run.folder.parents[1]))
        assert anomaly_scores.main([str(run.folder)]) == 0
    return run


@pytest.fixture
def run(scored: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of it in a separate home folder."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return Run(shutil.copytree(scored.folder, tmp_path / "runs" / scored.id))


def stored_file(run: Run) -> Path:
    (path,) = run.folder.glob("anomaly/*")
    return path


def test_stores_the_scores_and_reports_the_progress(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    stored_file(run).unlink()
    names = method_names(run.model())
    assert read_scores(run, run.model_step(), names, COUNT) is None
    assert anomaly_scores.main([str(run.folder)]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["done"] for r in reports] == sorted(r["done"] for r in reports)
    assert reports[-1]["done"] == reports[-1]["total"]
    assert len(reports) > 5
    scores = read_scores(run, run.model_step(), names, COUNT)
    assert scores is not None
    assert list(scores) == names
    assert all(s.test.shape == (COUNT,) and len(s.held_out) == run.config().dataset.held_out for s in scores.values())


@pytest.mark.parametrize(("other", "name", "count"), [(1, "error", COUNT), (0, "elbo", COUNT), (0, "error", COUNT - 1)])
def test_scores_of_something_else_are_not_read(run: Run, other: int, name: str, count: int) -> None:
    step = (run.model_step() or 0) + other
    assert read_scores(run, step, [name], count) is None
    assert read_scores(run, run.model_step(), ["error"], COUNT) is not None


@pytest.mark.parametrize("damage", ["text", "empty", "nan", "missing", "folder"])
def test_a_damaged_file_is_not_read_and_is_replaced(run: Run, damage: str) -> None:
    path, names = stored_file(run), method_names(run.model())
    tensors, _ = read_tensors(path)
    if damage in ("text", "empty"):
        path.write_bytes(b"\x00damaged" if damage == "text" else b"")
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "nan":
        write_tensors(path, tensors | {"test/error": tensors["test/error"] / 0}, {})
    else:
        write_tensors(path, {n: t for n, t in tensors.items() if n != "test/pca"}, {})
    assert read_scores(run, run.model_step(), names, COUNT) is None
    if damage != "folder":  # nothing replaces a folder
        assert anomaly_scores.main([str(run.folder)]) == 0
        assert read_scores(run, run.model_step(), names, COUNT) is not None


def test_scores_of_a_read_only_run_are_stored_in_the_cache(run: Run, tmp_path: Path) -> None:
    stored_file(run).unlink()
    starter = Run(shutil.copytree(run.folder, tmp_path / "starters" / run.id), read_only=True)
    before = sorted(starter.folder.rglob("*"))
    assert anomaly_scores.main([str(starter.folder)]) == 0
    assert sorted(starter.folder.rglob("*")) == before
    assert read_scores(starter, run.model_step(), method_names(run.model()), COUNT) is not None


def test_an_error_is_one_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    (run.folder / "model.safetensors").write_bytes(b"\x00")
    assert anomaly_scores.main([str(run.folder)]) == 1
    assert capsys.readouterr().err.startswith("aecore: The run")


@pytest.mark.parametrize("name", ["starter-6-eights", "starter-7-plain"])
def test_scores_that_come_with_a_starter_are_those_of_its_model(name: str) -> None:
    starter = Run(Path(__file__).parents[3] / "assets" / "starters" / name, read_only=True)
    model, data = starter.model(), starter.config().dataset.load()
    scores = read_scores(starter, starter.model_step(), method_names(model), COUNT)
    assert scores is not None
    for score in ("error", "smoothed-error"):
        computed = SCORES[score].fit(model, data.training.images)
        assert torch.allclose(scores[score].test, computed(data.test.images), rtol=1e-3)
        assert torch.allclose(scores[score].held_out, computed(data.validation.images), rtol=1e-3)
