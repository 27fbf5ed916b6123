from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aecore.runs.computed.cluster_names import MAX_NAME_LENGTH, read_names, write_names
from aecore.runs.run import Run


@pytest.fixture
def run(trained: Run, tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(trained.folder, tmp_path / "run")))


def test_keeps_the_names_of_one_checkpoint(run: Run) -> None:
    assert read_names(run, 30) == {}
    names = {"k-means-10": {3: "threes"}, "mixture-5": {0: "round", 1: "x" * MAX_NAME_LENGTH}}
    write_names(run, 30, names)
    assert read_names(run, 30) == names
    assert read_names(run, 60) == {}, "of another checkpoint"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"step": 30}', '{"step": 30, "names": []}', '{"step": 30, "names": {"k-means-10": {"a": "b"}}}'],
)
def test_damaged_files_have_no_names(run: Run, content: str) -> None:
    write_names(run, 30, {})
    (run.folder / "features" / "cluster-names.json").write_text(content, encoding="utf-8")
    assert read_names(run, 30) == {}
