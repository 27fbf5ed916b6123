"""The folder of a sweep, the list of sweeps, and the cost of one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from typing import Any

import pytest

from aecore.config.run_config import RunConfig
from aecore.errors import SweepNotFound, UnreadableSweep
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.runs.sweeps.cost import SweepCost, duration_text, sweep_cost
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import WAITING, sweep_results
from aecore.runs.sweeps.sweep import Sweep, SweepStore


@pytest.fixture
def plan(small: RunConfig) -> SweepPlan:
    return SweepPlan(base=small, setting="bottleneck.latent", values=(2, 4), seeds=2, recipe="quick-start")


@pytest.fixture
def sweep(store: Store, plan: SweepPlan) -> Sweep:
    return SweepStore(store).create(plan)


def test_a_new_sweep_has_no_runs(store: Store, plan: SweepPlan, sweep: Sweep) -> None:
    assert store.runs() == sweep.runs() == []
    assert sweep.plan() == plan.model_copy(update={"name": "Quick start: latent 2, 4"})
    results = sweep_results(sweep)
    assert (results.status, results.finished, results.title) == ("stopped", 0, "Latent size")
    assert [(point.value, point.components, point.pca) for point in results.points] == [(2, 2, None), (4, 4, None)]
    assert {(run.run, run.status, run.steps) for run in results.runs} == {(None, WAITING, 30)}
    assert all(point.spread("mse") is None and point.seconds is None for point in results.points)


def test_a_run_of_a_sweep_is_an_ordinary_run_that_names_it(store: Store, sweep: Sweep) -> None:
    member = sweep.plan().members[3]
    run = sweep.create_run(member)
    assert [found.id for found in store.runs()] == [run.id] == [f"{sweep.id}-003"]
    assert store.get(run.id).config() == member.config
    state = run.state()
    assert (state.sweep, state.status, state.name) == (sweep.id, "queued", "Quick start, latent 4, seed 1")
    assert sweep.run(member).id == run.id
    with pytest.raises(OSError, match=r"exist|not empty"):
        sweep.create_run(member)
    assert sweep_results(sweep).status == "training"
    store.delete(run)
    assert sweep.run(member) is None


def test_sweeps_are_listed_newest_first_with_different_names(store: Store, plan: SweepPlan) -> None:
    sweeps = SweepStore(store)
    created = [sweeps.create(plan.model_copy(update={"created": float(i), "owner": o})) for i, o in enumerate("aab")]
    assert [sweep.id for sweep in sweeps.sweeps()] == [sweep.id for sweep in reversed(created)]
    name = "Quick start: latent 2, 4"
    assert [sweep.plan().name for sweep in created] == [name, f"{name} (2)", name]


@pytest.mark.parametrize("sweep_id", ["", "..", "../runs", "nobody", "A", "sweeps/x", "x" * 10_000])
def test_unknown_ids(store: Store, sweep: Sweep, sweep_id: str) -> None:
    with pytest.raises(SweepNotFound, match="There is no sweep"):
        SweepStore(store).get(sweep_id)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "sweep.json is damaged."),
        (b"[1", "sweep.json is damaged."),
        (b"\xff", "sweep.json is damaged."),
        (b"[" * 100_000, "sweep.json is damaged (it is nested too deeply)."),
        (b"[]", "sweep.json is damaged (it is not a sweep)."),
        (b'{"version": "x"}', "sweep.json is damaged (its version is 'x'; it must be a number)."),
        (b'{"version": 1}', "Setting is missing."),
        (b'{"version": 2}', "Update Autoencoder Lab to open it."),
        (b'{"version": 1, "base": {"version": 99}}', "Update Autoencoder Lab to open it."),
    ],
)
def test_a_damaged_file_gives_a_sentence(store: Store, sweep: Sweep, content: bytes, message: str) -> None:
    (sweep.folder / "sweep.json").write_bytes(content)
    with pytest.raises(UnreadableSweep) as error:
        sweep.plan()
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert SweepStore(store).get(sweep.id).id == sweep.id
    assert SweepStore(store).sweeps() == []


def test_every_value_of_the_file_may_be_damaged(sweep: Sweep) -> None:
    tree = json.loads((sweep.folder / "sweep.json").read_text())
    for name in tree:
        for value in ("text", None, [], {}, [[1]], -1, 1e308, 10**400, True):
            (sweep.folder / "sweep.json").write_text(json.dumps(tree | {name: value}))
            with contextlib.suppress(UnreadableSweep):
                sweep_results(sweep)


def test_foreign_files_are_no_sweeps(store: Store, sweep: Sweep) -> None:
    root = SweepStore(store).root
    (root / "notes.txt").write_text("mine")
    (root / "empty").mkdir()
    (root / "UPPER").mkdir()
    shutil.copy(sweep.folder / "sweep.json", root / "UPPER")
    assert [found.id for found in SweepStore(store).sweeps()] == [sweep.id]
    assert store.runs() == []


@pytest.mark.parametrize("file", ["config.json", "state.json"])
def test_a_damaged_run_is_named_in_the_results(sweep: Sweep, file: str) -> None:
    run = sweep.create_run(sweep.plan().members[0])
    (run.folder / file).write_text("[]")
    result = sweep_results(sweep).points[0].runs[0]
    assert (result.status, result.reason) == ("failed", f"The run {run.id} cannot be read: {file} is damaged.")


def test_a_deleted_sweep_gives_a_sentence(store: Store, sweep: Sweep) -> None:
    SweepStore(store).remove(sweep)
    for act in (sweep.plan, sweep.request_stop, sweep.lock, lambda: sweep_results(sweep)):
        with pytest.raises(UnreadableSweep, match="was deleted"):
            act()
    assert not sweep.folder.exists()
    assert list(SweepStore(store).root.iterdir()) == []


def test_a_full_disk_leaves_no_sweep(store: Store, plan: SweepPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(OSError, match="No space left"):
        SweepStore(store).create(plan)
    assert list(SweepStore(store).root.iterdir()) == []


def finished(store: Store, trained: Run, run_id: str, seconds: float, **changes: Any) -> None:
    run = Run(store.root / run_id)
    shutil.copytree(trained.folder, run.folder)
    run.change_state(seconds=seconds)
    config = run.config().changed({path.replace("__", "."): value for path, value in changes.items()})
    (run.folder / "config.json").write_text(config.to_json())


@pytest.mark.parametrize(
    ("runs", "seconds", "measured"),
    [
        ([], None, 0),
        ([(3.0, {})], 12.0, 1),  # 0.1 s for each of the 30 steps
        ([(3.0, {"bottleneck__latent": 9}), (6.0, {"network__dropout": 0.5}), (9.0, {})], 24.0, 3),
        ([(3.0, {"network__widths": [64]})], None, 0),
        ([(3.0, {"training__batch_size": 10})], None, 0),
        ([(3.0, {"training__optimizer__kind": "muon"})], None, 0),
        ([(3.0, {"bottleneck__kind": "variational"})], None, 0),
        ([(0.0, {})], None, 0),
    ],
)
def test_the_cost_is_estimated_from_runs_of_the_same_kind(
    store: Store, plan: SweepPlan, trained: Run, runs: list[Any], seconds: float | None, measured: int
) -> None:
    for number, (duration, changes) in enumerate(runs):
        finished(store, trained, f"run-{number}", duration, **changes)
    assert sweep_cost(plan, store) == SweepCost(4, 120, pytest.approx(seconds) if seconds else None, measured)


def test_there_is_no_estimate_while_one_kind_is_unknown(store: Store, plan: SweepPlan, trained: Run) -> None:
    finished(store, trained, "run-0", 3.0)
    networks = SweepPlan(base=plan.base, setting="network.kind", values=("dense", "conv"), seeds=1)
    cost = sweep_cost(networks, store)
    assert (cost.runs, cost.steps, cost.seconds) == (2, 60, None)
    assert "No estimate of the time" in cost.text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (40, "40 s"), (89.4, "89 s"), (90, "2 min"), (720, "12 min"), (5400, "1.5 h"), (12600, "3.5 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
