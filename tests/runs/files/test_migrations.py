"""Runs of an older format are read, opened and continued. Version 0 wrote the folder under tests/data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aecore.errors import UnreadableRun
from aecore.optim.length import Epochs
from aecore.optim.schedules import OneCycle
from aecore.runs.execute import run_training
from aecore.runs.files.migrations import FORMAT_VERSION, migrate_config, migrate_state
from aecore.runs.run import Run
from aecore.runs.store import Store

WRITTEN_BY_VERSION_0 = Path(__file__).parents[2] / "data" / "run-version-0"


@pytest.fixture
def run(store: Store) -> Run:
    shutil.copytree(WRITTEN_BY_VERSION_0, store.root / "20260101-000000-000000")
    return store.get("20260101-000000-000000")


def test_lists_a_run_of_version_0_with_its_settings(store: Store, run: Run) -> None:
    assert [listed.id for listed in store.runs()] == [run.id]
    config, training = run.config(), run.config().training
    assert (config.bottleneck.kind, config.bottleneck.codebook_size, config.bottleneck.codebook_dim) == (
        "vector-quantized", 6, 3,
    )  # fmt: skip
    assert (config.bottleneck.reset_dead_codes, config.corruption.min_strength) == (False, 0.1)
    assert training.length == Epochs(epochs=6)
    assert (training.optimizer.kind, training.init, training.stopping.min_delta) == ("nadam", "glorot", 0.001)
    schedule = training.schedule
    assert (schedule.warmup_fraction, schedule.initial_factor, schedule.final_factor) == (0.4, 0.1, 0.01)
    assert run.state().recipe == "regularized"


def test_reads_model_snapshots_and_metrics_of_version_0(run: Run) -> None:
    assert run.model().parameter_count() > 0
    assert run.snapshot_steps() == [1, 10]
    assert run.snapshot(10).reconstructions.shape == (10, 1, 28, 28)
    assert run.metrics()[-1]["step"] == run.checkpoint().step == 10


def test_continuing_gives_the_results_of_version_0(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneCycle, "reaches_final", False)  # as in version 0
    run.change_state(status="queued")
    assert run_training(run).status == "finished"
    assert run.metrics()[-1]["validation"]["loss"] == pytest.approx(183.444, rel=1e-3)  # obtained with version 0
    assert run.results("scores")["model"]["sse"] == pytest.approx(184.092, rel=1e-3)


def test_writes_the_current_version(run: Run) -> None:
    run.write_config(run.config())
    run.change_state(name="Renamed")
    for file in ("config.json", "state.json"):
        assert json.loads((run.folder / file).read_bytes())["version"] == FORMAT_VERSION
    assert run.state().name == "Renamed"
    assert run.config().bottleneck.codebook_size == 6


@pytest.mark.parametrize("file", ["config.json", "state.json"])
def test_rejects_a_newer_version(store: Store, run: Run, file: str) -> None:
    path = run.folder / file
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"version": FORMAT_VERSION + 1}))
    with pytest.raises(UnreadableRun, match="Update Autoencoder Lab"):
        run.config() if file == "config.json" else run.state()
    assert store.runs() == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"dataset": {"kind": "own", "gallery": "a", "colour": True}},
         {"dataset": {"kind": "own", "collection": "a", "color": True}}),
        ({"training": {"start": "mean-picture", "stopping": {"kind": "at-the-end"}}},
         {"training": {"init": "mean-image", "stopping": {"kind": "none"}}}),
        ({"training": {"schedule": {"kind": "step", "every": 3}}},
         {"training": {"schedule": {"kind": "step", "step_size": 3}}}),
        ({"network": {"kind": "attention", "width": 64}}, {"network": {"kind": "attention", "width": 64}}),
        ({"training": {"epochs": 3, "start": "glorot"}},
         {"training": {"length": {"kind": "epochs", "epochs": 3}, "init": "glorot"}}),
        ({"version": 1, "training": {"epochs": 3, "start": 1}},
         {"training": {"length": {"kind": "epochs", "epochs": 3}, "start": 1}}),
        ({"version": 2, "training": {"epochs": 3}}, {"training": {"epochs": 3}}),
        ({"version": FORMAT_VERSION, "bottleneck": {"entries": 3}}, {"bottleneck": {"entries": 3}}),
        ({"training": None, "dataset": 3}, {"training": None, "dataset": 3}),
        ([], []),
    ],
    ids=["collection", "training", "schedule", "same name elsewhere", "length of version 0", "length of version 1",
         "length of version 2", "current version", "damaged", "not an object"],
)  # fmt: skip
def test_migrates_settings(before: Any, after: Any) -> None:
    assert migrate_config(before) == after


@pytest.mark.parametrize(("before", "after"), [("two-numbers", "two-dimensional"), ("vae", "vae"), (None, None)])
def test_renames_recipes(before: str | None, after: str | None) -> None:
    assert migrate_state({"recipe": before}) == {"recipe": after}


@pytest.mark.parametrize(
    "folder", sorted((Path(__file__).parents[3] / "assets" / "starters").iterdir()), ids=lambda f: f.name
)
def test_starter_models_have_the_current_version(folder: Path) -> None:
    for file in ("config.json", "state.json"):
        assert json.loads((folder / file).read_bytes())["version"] == FORMAT_VERSION
