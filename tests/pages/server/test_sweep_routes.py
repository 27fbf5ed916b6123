"""The routes of sweeps: results, CSV, and unknown ids."""

from __future__ import annotations

import shutil

import pytest
from live_client import TRAINING, get

from aecore.runs.run import Run
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import SweepStore
from pages.parts.sweeps import live


@pytest.fixture
def sweep(app_store, small, trained, monkeypatch):
    """A sweep whose second run has finished; nothing is kept from one request to the next."""
    monkeypatch.setattr(live.live_sweep, "__defaults__", (0.0,))
    found = SweepStore(app_store).create(SweepPlan(base=small, setting="bottleneck.latent", values=(2, 4, 8), seeds=1))
    first, second, _ = found.plan().members
    found.create_run(first)
    shutil.copytree(trained.folder, app_store.root / found.run_id(second))
    return found


def test_results_so_far(sweep, trained):
    answer = get(f"/live/sweeps/{sweep.id}")
    assert answer.status == 200
    shown = answer.json
    assert (shown["status"], shown["progress"]) == ("training", "1 of 3 runs finished, the next is waiting to start")
    assert shown["fraction"] == pytest.approx(1 / 3)
    scores = trained.results("scores")
    assert [value["test_mse"] and value["test_mse"]["mean"] for value in shown["values"]] == [
        None, scores["model"]["mse"], None,
    ]  # fmt: skip
    assert [value["pca_mse"] for value in shown["values"]] == [None, scores["pca"]["mse"], None]
    again = get(f"/live/sweeps/{sweep.id}", if_none_match=answer.headers["etag"])
    assert again.status == 304
    Run(sweep.store.root / f"{sweep.id}-000").change_state(**TRAINING)
    assert get(f"/live/sweeps/{sweep.id}").json["progress"].endswith("training run 1 of 3: latent 2, seed 0")


def test_csv(sweep):
    answer = get(f"/live/sweeps/{sweep.id}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f'filename="{sweep.id}.csv"' in answer.headers["content-disposition"]
    head, *rows = answer.body.decode().splitlines()
    assert {"value", "seed", "status", "test_mse", "pca_mse"} <= set(head.split(","))
    assert len(rows) == 3


@pytest.mark.parametrize("sweep_id", ["nonsense", "..", "A" * 500, "-", "<b>", "é", "\x00"])
@pytest.mark.parametrize("suffix", ["", ".csv"])
def test_unknown_ids(app_store, sweep_id, suffix):
    answer = get(f"/live/sweeps/{sweep_id}{suffix}")
    assert answer.status == 404
    assert answer.json["problem"].startswith("There is no sweep")
