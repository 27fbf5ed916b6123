from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from aecore.data.pixels import to_float
from aecore.runs.computed import searched_features
from aecore.runs.computed.computation import computed_path
from aecore.runs.computed.searched_features import main, read_searched
from aecore.runs.run import Run


@pytest.fixture(scope="module")
def encoded(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with its features; as it is outside the store, they are in the cache."""
    run = Run(Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("store") / "encoded")), read_only=True)
    assert main([str(run.folder)]) == 0
    return run


def test_keeps_what_it_computed(encoded: Run) -> None:
    training = encoded.config().dataset.load().training.images
    found = read_searched(encoded, encoded.model_step(), len(training))
    assert found is not None
    assert found.projections.shape == found.codes.shape == (len(training), 4)
    assert torch.allclose(found.codes, encoded.model().encode(to_float(training)), atol=1e-5)
    assert torch.allclose(found.projections, found.pca.project(training, 4), atol=1e-4)
    assert read_searched(encoded, (encoded.model_step() or 0) + 1, len(training)) is None, "of another checkpoint"
    assert read_searched(encoded, encoded.model_step(), len(training) + 1) is None, "of other data"


def test_reports_its_progress(encoded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(encoded.folder)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    count = len(encoded.config().dataset.load().training)
    assert [line["done"] for line in lines] == [0, count]
    assert {line["total"] for line in lines} == {count}


@pytest.mark.parametrize("content", [b"", b"[]", b"\0" * 100])
def test_damaged_files_count_as_missing(encoded: Run, content: bytes) -> None:
    file = computed_path(encoded, searched_features._name(encoded.model_step()))
    before, count = file.read_bytes(), len(encoded.config().dataset.load().training)
    file.write_bytes(content)
    assert read_searched(encoded, encoded.model_step(), count) is None
    file.write_bytes(before)
    assert read_searched(encoded, encoded.model_step(), count) is not None
