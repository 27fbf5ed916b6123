"""Rows of the table of scores, and the stored SSIM."""

from __future__ import annotations

import json
import shutil

import pytest

from aecore.analysis.metrics import ssim
from aecore.data.pixels import to_float
from aecore.runs.comparison import similarity
from aecore.runs.comparison.scores import parameter_count, score_rows
from aecore.runs.comparison.similarity import lacks_similarity, read_similarity
from aecore.runs.run import Run
from aecore.runs.store import Store


@pytest.fixture
def copies(store: Store, trained: Run) -> list[Run]:
    """Two equal trained runs, and a third whose training continues."""
    folders = [store.root / f"20260101-000000-00000{i}" for i in range(3)]
    runs = [Run(shutil.copytree(trained.folder, folder)) for folder in folders]
    runs[2].change_state(status="queued")
    return runs


def test_each_run_has_a_row_and_pca_one_for_each_size(store: Store, copies: list[Run]) -> None:
    rows = score_rows(store.entries())
    assert [row.run is None for row in rows] == [False, True, False]
    assert {row.run for row in rows} == {copies[0].id, None, copies[1].id}
    model, pca, _ = rows
    stored = copies[0].results("scores")
    assert stored
    assert (model.mse, pca.mse) == (stored["model"]["mse"], stored["pca"]["mse"])
    assert (model.latent, pca.latent, pca.name) == (4, 4, "PCA, 4 components")
    assert (
        model.parameters
        == 784 * 32 + 32 + 32 * 4 + 4 + 4 * 32 + 32 + 32 * 784 + 784
        == parameter_count(copies[0].config())
    )
    assert pca.parameters == 5 * 784
    seconds = copies[0].state().seconds
    assert model.images_per_second == pytest.approx(1500 / seconds)  # 3 epochs of 500 images
    assert (model.ssim, pca.ssim, pca.seconds) == (None, None, None)


def test_ssim_is_computed_once_and_kept_with_the_run(copies: list[Run], monkeypatch, capsys) -> None:
    run, other, _ = copies
    monkeypatch.setenv("AECORE_HOME", str(run.folder.parents[1]))
    assert lacks_similarity(run)
    assert similarity.main([str(run.folder)]) == 0
    progress = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert progress[-1] == {"done": 1000, "total": 1000}
    stored = read_similarity(run)
    assert stored
    images = to_float(run.config().dataset.load().test.images)
    assert stored["model"] == pytest.approx(float(ssim(images, run.model().reconstruct(images)).mean()), abs=1e-6)
    assert 0.1 < stored["pca"] < stored["model"] < 1 or 0.1 < stored["model"] < stored["pca"] < 1
    monkeypatch.setattr(similarity, "mean_ssim", None)  # computing again would fail
    assert similarity.main([str(run.folder)]) == 0
    assert read_similarity(other) is None


@pytest.mark.parametrize("content", ["{}", "[1]", '{"step": 1, "components": 4, "model": 0.5, "pca": 0.5}', "\0"])
def test_damaged_or_older_ssim_is_not_used(copies: list[Run], content: str) -> None:
    (copies[0].folder / "similarity.json").write_text(content)
    assert read_similarity(copies[0]) is None


def test_a_run_without_weights_lacks_nothing_and_says_why(copies: list[Run], capsys) -> None:
    (copies[0].folder / "model.safetensors").unlink()
    assert not lacks_similarity(copies[0])
    assert similarity.main([str(copies[0].folder), str(copies[0].folder / "deleted")]) == 0
    assert not capsys.readouterr().out
