from __future__ import annotations

import json

import numpy as np
import pytest

from aecore.config.run_config import RunConfig
from aecore.data.shapes import FACTORS, Shapes
from aecore.evaluation.features.disentanglement import BINS
from aecore.models.bottlenecks.projections import Linear
from aecore.optim.length import Steps
from aecore.runs.computed import factor_scores
from aecore.runs.computed.computation import computed_path
from aecore.runs.computed.factor_scores import main, missing_factors, read_factor_scores
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store


@pytest.fixture(scope="module")
def config(small: RunConfig) -> RunConfig:
    return small.changed({"dataset": Shapes(), "bottleneck": Linear(latent=2), "training.length": Steps(steps=20)})


@pytest.fixture(scope="module")
def measured(config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on shapes with its scores; as it is outside the store, they are in the cache."""
    created = Store(tmp_path_factory.mktemp("shapes")).create(config, "Shapes", training=True)
    assert run_training(created).status == "finished"
    run = Run(created.folder, read_only=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factor_scores, "MAX_EXAMPLES", 200)  # the trees take half a minute for all
        assert main([str(run.folder)]) == 0
    return run


def test_keeps_what_it_computed(measured: Run) -> None:
    found = read_factor_scores(measured, measured.model_step())
    assert found is not None
    assert found.mutual_information.shape == found.importances.shape == (2, len(FACTORS))
    assert found.entropy == pytest.approx([np.log(len(values)) for values in FACTORS.values()], abs=0.1)
    assert (found.mutual_information <= np.log(BINS)).all()
    assert found.importances.sum(axis=0) == pytest.approx(np.ones(len(FACTORS)))
    assert all(0 <= score <= 1 for score in (found.mig, found.sap, found.disentanglement, found.completeness))
    assert 0 < found.informativeness < 1
    assert read_factor_scores(measured, (measured.model_step() or 0) + 1) is None, "of another checkpoint"


@pytest.mark.parametrize("change", ["", "[]", "{}", "one dimension less", "one factor less"])
def test_damaged_files_count_as_missing(measured: Run, change: str) -> None:
    file = computed_path(measured, factor_scores._name(measured.model_step()))
    before = file.read_text(encoding="utf-8")
    stored = json.loads(before)
    if change == "one dimension less":
        change = json.dumps(stored | {"importances": stored["importances"][1:]})
    elif change == "one factor less":
        change = json.dumps(stored | {"entropy": stored["entropy"][1:]})
    file.write_text(change, encoding="utf-8")
    assert read_factor_scores(measured, measured.model_step()) is None
    file.write_text(before, encoding="utf-8")
    assert read_factor_scores(measured, measured.model_step()) is not None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        ({"bottleneck.latent": 64}, ""),
        ({"bottleneck.latent": 1}, "has the size 1"),
        ({"bottleneck.latent": 65}, "has the size 65"),
        ({"dataset.kind": "mnist-5k"}, "are not known"),
    ],
)
def test_says_what_cannot_be_measured(config: RunConfig, changes: dict[str, object], message: str) -> None:
    problem = missing_factors(config.changed(changes))
    assert message in problem
    assert bool(message) == bool(problem)


def test_other_runs_are_refused(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(trained.folder)]) == 1
    assert "are not known" in capsys.readouterr().err
