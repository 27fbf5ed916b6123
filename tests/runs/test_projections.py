from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aecore.latent.codes import EncodedSet
from aecore.runs import projections
from aecore.runs.projections import read_map
from aecore.runs.run import Run


@pytest.fixture
def run(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of a trained run in a home of its own."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "none"))
    folder = tmp_path / "runs" / trained.id
    shutil.copytree(trained.folder, folder)
    return Run(folder)


def test_a_map_is_computed_once_and_kept_with_the_run(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_map(run, run.model_step(), "t-sne", 2, 500) is None
    assert projections.main([str(run.folder), "t-sne", "2"]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert reports[-1] == {"done": projections.TOTAL, "total": projections.TOTAL}
    assert len(reports) > 5
    kept = read_map(run, run.model_step(), "t-sne", 2, 500)
    assert kept is not None
    assert kept.points.shape == (500, 2)
    assert read_map(run, run.model_step(), "t-sne", 2, 499) is None, "of other pictures"
    assert read_map(run, run.model_step(), "t-sne", 3, 500) is None


def test_a_run_that_is_only_read_has_its_maps_in_the_cache(run: Run, tmp_path: Path) -> None:
    given = tmp_path / "given" / run.id
    shutil.copytree(run.folder, given)
    before = sorted(given.rglob("*"))
    assert projections.main([str(given), "pca", "2"]) == 0
    assert sorted(given.rglob("*")) == before
    assert read_map(Run(given, read_only=True), run.model_step(), "pca", 2, 500) is not None
    assert read_map(run, run.model_step(), "pca", 2, 500) is None


def test_what_cannot_be_computed_is_one_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    (run.folder / "model.safetensors").write_bytes(b"\x00")
    assert projections.main([str(run.folder), "pca", "2"]) == 1
    assert capsys.readouterr().err.startswith("aecore: The run")


def test_a_run_deleted_meanwhile_stays_deleted(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_dataset = projections.encode_dataset

    def deleting(*args: Any) -> EncodedSet:
        found = encode_dataset(*args)
        shutil.rmtree(run.folder)
        return found

    monkeypatch.setattr(projections, "encode_dataset", deleting)
    assert projections.main([str(run.folder), "pca", "2"]) == 1
    assert capsys.readouterr().err == "aecore: This run was deleted meanwhile.\n"
    assert not run.folder.exists()
