from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aecore.evaluation.features.few_labels import CLASSIFIERS
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed import label_accuracies
from aecore.runs.computed.computation import computed_path
from aecore.runs.computed.label_accuracies import main, read_accuracies
from aecore.runs.run import Run


@pytest.fixture(scope="module")
def classified(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with its accuracies; as it is outside the store, they are in the cache."""
    run = Run(Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("store") / "classified")), read_only=True)
    assert main([str(run.folder)]) == 0
    return run


def test_keeps_what_it_computed(classified: Run, capsys: pytest.CaptureFixture[str]) -> None:
    found = read_accuracies(classified, classified.model_step())
    assert found is not None
    assert list(found) == list(REPRESENTATIONS)
    expected = [(name, labels) for labels in (1, 10, None) for name in CLASSIFIERS]
    for accuracies in found.values():
        assert [(a.classifier, a.labels_per_class) for a in accuracies] == expected
    assert found["codes"][-1].mean > 0.3, "a tenth is chance"
    assert found["codes"][-1].mean > found["codes"][0].mean, "more labels help"
    assert read_accuracies(classified, classified.model_step() + 1) is None, "of another checkpoint"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"codes": 1}', '{"codes": [{"values": 1}]}'])
def test_damaged_files_count_as_missing(classified: Run, content: str) -> None:
    file = computed_path(classified, label_accuracies._name(classified.model_step()))
    before = file.read_bytes()
    file.write_text(content, encoding="utf-8")
    assert read_accuracies(classified, classified.model_step()) is None
    file.write_bytes(before)
