"""The benchmark of classification with few labels."""

from __future__ import annotations

from aecore.evaluation.features.few_labels import CLASSIFIERS, LABELS
from aecore.evaluation.features.representations import REPRESENTATIONS
from benchmarks.few_labels import rows


def test_a_row_for_each_classifier_and_kind_of_features() -> None:
    keys = [(classifier, kind, n) for classifier in CLASSIFIERS for kind in REPRESENTATIONS for n in LABELS]
    lines = rows({key: [0.5, 0.7] if key[2] else [0.9] for key in keys})
    assert len(lines) == len(CLASSIFIERS) * len(REPRESENTATIONS)
    assert lines[0].startswith("| Codes | nearest neighbors | 60.0 ± 14.1 |")
    assert lines[0].endswith("| 90.0 |")
