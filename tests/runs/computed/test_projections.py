from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aecore.latent.codes import EncodedSet
from aecore.runs.computed import projections
from aecore.runs.computed.projections import read_map
from aecore.runs.run import Run


@pytest.fixture
def run(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of a trained run in a separate home folder."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "none"))
    folder = tmp_path / "runs" / trained.id
    shutil.copytree(trained.folder, folder)
    return Run(folder)


def test_stores_a_map_with_the_run_and_reports_the_progress(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_map(run, run.model_step(), "t-sne", 2, 500) is None
    assert projections.main([str(run.folder), "t-sne", "2"]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert reports[-1] == {"done": projections.TOTAL, "total": projections.TOTAL}
    assert len(reports) > 5
    stored = read_map(run, run.model_step(), "t-sne", 2, 500)
    assert stored is not None
    assert stored.points.shape == (500, 2)
    assert read_map(run, run.model_step(), "t-sne", 2, 499) is None, "another number of codes"
    assert read_map(run, run.model_step(), "t-sne", 3, 500) is None


def test_maps_of_a_read_only_run_are_stored_in_the_cache(run: Run, tmp_path: Path) -> None:
    starter = tmp_path / "starter" / run.id
    shutil.copytree(run.folder, starter)
    before = sorted(starter.rglob("*"))
    assert projections.main([str(starter), "pca", "2"]) == 0
    assert sorted(starter.rglob("*")) == before
    assert read_map(Run(starter, read_only=True), run.model_step(), "pca", 2, 500) is not None
    assert read_map(run, run.model_step(), "pca", 2, 500) is None


def test_a_map_that_comes_with_a_read_only_run_is_read(run: Run, tmp_path: Path) -> None:
    assert projections.main([str(run.folder), "pca", "2"]) == 0
    starter = tmp_path / "starter" / run.id
    shutil.copytree(run.folder, starter)
    assert read_map(Run(starter, read_only=True), run.model_step(), "pca", 2, 500) is not None
    found = [projections.comes_with_map(Run(starter, i), run.model_step(), "pca", 2) for i in (True, False)]
    assert found == [True, False]


def test_a_map_that_comes_with_a_starter_shows_the_images_it_was_made_from(
    run: Run, tmp_path: Path, full_mnist: Path
) -> None:
    assert projections.main([str(run.folder), "pca", "2"]) == 0
    starter = tmp_path / "starter" / run.id
    shutil.copytree(run.folder, starter)
    shown = [projections.map_dataset_of(Run(starter, i)).kind for i in (True, False)]
    assert shown == ["mnist-5k", "mnist"]


def test_an_error_is_one_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    (run.folder / "model.safetensors").write_bytes(b"\x00")
    assert projections.main([str(run.folder), "pca", "2"]) == 1
    assert capsys.readouterr().err.startswith("aecore: The run")


def test_a_run_deleted_during_the_computation_is_not_recreated(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_dataset = projections.encode_dataset

    def deleting(*args: Any) -> EncodedSet:
        encoded = encode_dataset(*args)
        shutil.rmtree(run.folder)
        return encoded

    monkeypatch.setattr(projections, "encode_dataset", deleting)
    assert projections.main([str(run.folder), "pca", "2"]) == 1
    assert capsys.readouterr().err == "aecore: The run was deleted while the map was computed.\n"
    assert not run.folder.exists()
