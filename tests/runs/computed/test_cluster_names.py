from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aecore.runs.computed.cluster_names import MAX_NAME_LENGTH, Names, read_names, store_name
from aecore.runs.run import Run


@pytest.fixture
def run(trained: Run, tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(trained.folder, tmp_path / "run")))


def test_keeps_the_names_of_one_checkpoint(run: Run) -> None:
    assert read_names(run, 30) == {}
    names = {"k-means-10": {3: "threes"}, "mixture-5": {0: "round", 1: "x" * MAX_NAME_LENGTH}}
    for clustering, cluster, name in given(names):
        store_name(run, 30, clustering, cluster, name)
    assert read_names(run, 30) == names
    assert read_names(run, 60) == {}, "of another checkpoint"
    store_name(run, 30, "mixture-5", 0, "")
    assert read_names(run, 30)["mixture-5"] == {1: "x" * MAX_NAME_LENGTH}
    store_name(run, 60, "k-means-10", 0, "zeros")
    assert (read_names(run, 30), read_names(run, 60)) == ({}, {"k-means-10": {0: "zeros"}})


def test_names_given_at_the_same_time_are_all_kept(run: Run) -> None:
    names = {clustering: {i: f"cluster {i}" for i in range(10)} for clustering in ("k-means-10", "mixture-10")}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda one: store_name(run, 30, *one), given(names)))
    assert read_names(run, 30) == names


def given(names: Names) -> list[tuple[str, int, str]]:
    return [(clustering, cluster, name) for clustering, of in names.items() for cluster, name in of.items()]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"step": 30}', '{"step": 30, "names": []}', '{"step": 30, "names": {"k-means-10": {"a": "b"}}}'],
)
def test_damaged_files_have_no_names(run: Run, content: str) -> None:
    store_name(run, 30, "k-means-10", 0, "")
    (run.folder / "features" / "cluster-names.json").write_text(content, encoding="utf-8")
    assert read_names(run, 30) == {}
