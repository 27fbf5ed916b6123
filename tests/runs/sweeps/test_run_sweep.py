"""Execution of a sweep: stopped, killed, shared between processes, deleted and on a full disk."""

from __future__ import annotations

import csv
import errno
import io
import os
import signal
import statistics
import threading

import pytest
from sweep_running import assert_same, exhaust, is_at, numbers, process, start

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableSweep
from aecore.runs import execute, recorder
from aecore.runs.store import Store
from aecore.runs.sweeps.cost import sweep_cost
from aecore.runs.sweeps.execution import SweepStep, run_sweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import WAITING, SweepResults, sweep_results
from aecore.runs.sweeps.sweep import Sweep, SweepStore
from aecore.runs.sweeps.table import csv_table, table
from aecore.training.train import Progress
from aecore.workers.sweeps import delete_sweep


def test_results_are_the_scores_of_the_runs(whole: Sweep) -> None:
    results = sweep_results(whole)
    assert (results.status, results.finished, len(results.runs)) == ("finished", 4, 4)
    for point in results.points:
        assert {run.status for run in point.runs} == {"finished"}
        assert [run.components for run in point.runs] == [point.value] * 2
        stored = [whole.store.get(run.run).results("scores") for run in point.runs]
        sse = [scores["model"]["sse"] for scores in stored]
        spread = point.spread("sse")
        assert spread.mean == pytest.approx(statistics.fmean(sse))
        assert spread.std == pytest.approx(statistics.stdev(sse))
        assert (spread.min, spread.max, spread.count) == (min(sse), max(sse), 2)
        assert sse[0] != sse[1], "each seed gives another model"
        assert stored[0]["pca"] == stored[1]["pca"] == point.pca.as_dict()
        assert point.seconds.mean > 0
    assert results.points[1].pca.sse < results.points[0].pca.sse


def test_the_table_has_mean_spread_and_pca(whole: Sweep) -> None:
    results = sweep_results(whole)
    head, rule, *rows = table(results).splitlines()
    assert [cell.strip() for cell in head.split("|")][1:4] == ["latent size", "runs", "test MSE"]
    assert len({len(line) for line in (head, rule, *rows)}) == 1, "columns are aligned"
    spread = results.points[0].spread("mse")
    assert f"| {spread.mean:.5f} ± {spread.std:.5f} |" in rows[0]
    assert f"| {results.points[0].pca.mse:.5f} " in rows[0]
    waiting = SweepResults("id", "name", results.setting, "Latent size", 2, ())
    assert len(table(waiting).splitlines()) == 2


def test_the_csv_has_a_row_for_each_run(whole: Sweep, store: Store, plan: SweepPlan) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table(sweep_results(whole)))))
    assert [(row["run"], float(row["test_mse"])) for row in rows] == [
        (run.run, run.scores.mse) for run in sweep_results(whole).runs
    ]
    new = csv_table(sweep_results(SweepStore(store).create(plan)))
    assert {row["status"] for row in csv.DictReader(io.StringIO(new))} == {WAITING}


def test_progress_counts_steps(whole: Sweep, sweep: Sweep) -> None:
    assert sweep_results(whole).fraction == 1.0
    fractions = [sweep_results(sweep).fraction for step in run_sweep(sweep) if step.progress is None]
    assert fractions == pytest.approx([0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1])


def test_finished_runs_are_not_trained_or_scored_again(whole: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "compute_scores", lambda *_: pytest.fail("scored again"))
    before = [run.state() for run in whole.runs()]
    steps = exhaust(whole)
    assert [step.state.status for step in steps] == ["finished"] * 4
    assert [run.state() for run in whole.runs()] == before
    assert sweep_cost(whole.plan(), whole.store, whole).text == "No run is left to train."


def test_a_cost_counts_what_is_left(sweep: Sweep) -> None:
    exhaust(sweep, lambda step: sweep.request_stop() if is_at(step, 1, 12) else None)
    cost = sweep_cost(sweep.plan(), sweep.store, sweep)
    assert (cost.runs, cost.steps, cost.measured) == (3, 18 + 30 + 30, 1)
    assert cost.seconds == pytest.approx(sweep.runs()[0].state().seconds / 30 * cost.steps)


@pytest.mark.parametrize("how", ["request", "should_stop", "break"])
def test_a_stopped_sweep_continues_with_the_same_numbers(sweep: Sweep, whole: Sweep, how: str) -> None:
    steps = run_sweep(sweep, should_stop=lambda: how == "should_stop" and asked.is_set())
    asked = threading.Event()
    for step in steps:
        if is_at(step, 1, 12):
            asked.set()
            if how == "request":
                sweep.request_stop()
            if how == "break":
                break
    steps.close()
    results = sweep_results(sweep)
    assert results.status == "stopped"
    assert [run.status for run in results.runs] == ["finished", WAITING, "stopped", WAITING]
    assert [run.scores is not None for run in results.runs] == [True, False, False, False]
    assert sweep.runs()[1].model_step() >= 12
    sweep.request_stop(False)
    exhaust(sweep)
    assert_same(sweep, whole)


def test_a_killed_sweep_continues_from_the_checkpoint_with_the_same_numbers(sweep: Sweep, whole: Sweep) -> None:
    running = process(sweep, wait_at="1/12")
    try:
        start(running)
        assert [running.stdout.readline().strip() for _ in range(3)] == ["0", "1", "waits"]
        os.kill(running.pid, signal.SIGKILL)
    finally:
        running.kill()
        running.communicate()
    assert [run.status for run in sweep_results(sweep).runs] == ["finished", WAITING, "interrupted", WAITING]
    first = sweep.runs()[0].state()
    steps = exhaust(sweep)
    assert next((step.member.number, step.progress.step) for step in steps if step.progress) == (1, 13)
    assert sweep.runs()[0].state() == first
    assert_same(sweep, whole)


def test_two_processes_share_the_runs(sweep: Sweep, whole: Sweep) -> None:
    both = [process(sweep), process(sweep)]
    try:
        for running in both:
            start(running)
        printed = [running.communicate(timeout=120)[0].split() for running in both]
    finally:
        for running in both:
            running.kill()
    assert sorted(printed[0] + printed[1]) == ["0", "1", "2", "3"], "each run is trained once"
    assert [running.returncode for running in both] == [0, 0]
    assert_same(sweep, whole)


def test_the_runs_of_a_killed_process_are_taken_over(sweep: Sweep, whole: Sweep) -> None:
    first, second = process(sweep, wait_at="0/12"), process(sweep)
    try:
        start(first)
        assert [first.stdout.readline().strip() for _ in range(2)] == ["0", "waits"]
        start(second)
        assert [second.stdout.readline().strip() for _ in range(3)] == ["1", "2", "3"]
        first.kill()
        assert second.communicate(timeout=60)[0].split() == ["0"]
    finally:
        for running in (first, second):
            running.kill()
            running.communicate()
    assert_same(sweep, whole)


def test_a_sweep_is_deleted_while_others_train_and_read_it(sweep: Sweep) -> None:
    running, done, errors = process(sweep), threading.Event(), []

    def read() -> None:
        while not done.is_set():
            try:
                sweep_results(sweep)
            except UnreadableSweep:
                pass
            except Exception as error:
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        start(running)
        assert running.stdout.readline().strip() == "0"
        delete_sweep(sweep.store, sweep)
        output = running.communicate(timeout=60)[0]
    finally:
        done.set()
        reader.join()
        running.kill()
    assert errors == []
    assert output in ("", f"The sweep {sweep.id} was deleted.\n")
    assert running.returncode == 0
    assert [path for path in sweep.store.root.rglob("*") if sweep.id in path.name] == []
    with pytest.raises(UnreadableSweep):
        delete_sweep(sweep.store, sweep)


def test_a_damaged_sweep_is_deleted_with_its_damaged_runs(sweep: Sweep) -> None:
    other = sweep.store.create(sweep.plan().base)
    runs = [sweep.create_run(member) for member in sweep.plan().members[:2]]
    (runs[0].folder / "state.json").write_text("[]")
    (sweep.folder / "sweep.json").write_text("[]")
    delete_sweep(sweep.store, sweep)
    assert [run.id for run in sweep.store.runs()] == [other.id]
    assert not [path for path in sweep.store.root.rglob("*") if sweep.id in path.name]


@pytest.mark.parametrize("small_files_fit", [True, False])
def test_a_full_disk_stops_no_finished_work(
    sweep: Sweep, whole: Sweep, monkeypatch: pytest.MonkeyPatch, small_files_fit: bool
) -> None:
    monkeypatch.setattr(recorder, "SECONDS_BEFORE_FIRST_CHECKPOINT", 0.0)
    fsync, full = os.fsync, threading.Event()

    def fill(descriptor: int) -> None:
        if full.is_set() and not (small_files_fit and os.fstat(descriptor).st_size < 10_000):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fill)

    def act(step: SweepStep) -> None:
        if is_at(step, 1, 12):
            full.set()

    if small_files_fit:
        exhaust(sweep, act)
        results = sweep_results(sweep)
        assert [run.status for run in results.runs] == ["finished", "failed", "failed", "failed"]
        assert {run.reason.partition(".")[0] for run in results.runs} == {"", "The disk is full"}
        assert results.status == "failed"
    else:
        with pytest.raises(OSError, match="No space left"):
            exhaust(sweep, act)
        assert sweep_results(sweep).finished == 1
    full.clear()
    exhaust(sweep)
    assert_same(sweep, whole)


def test_a_run_that_fails_does_not_end_the_sweep(store: Store, small: RunConfig) -> None:
    failing = small.changed({"bottleneck.kind": "variational"})
    plan = SweepPlan(base=failing, setting="training.learning_rate", values=(10.0, 1e-3), seeds=1)
    sweep = SweepStore(store).create(plan)
    exhaust(sweep)
    results = sweep_results(sweep)
    assert [run.status for run in results.runs] == ["failed", "finished"]
    assert results.status == "failed"
    assert "not finite" in results.runs[0].reason
    assert results.points[0].spread("mse") is None
    assert results.points[1].spread("mse").std is None


def test_a_run_with_other_settings_is_not_counted(sweep: Sweep) -> None:
    exhaust(sweep)
    run = sweep.runs()[0]
    run.write_config(run.config().changed({"training.length.epochs": 9}))
    result = sweep_results(sweep).points[0].runs[0]
    assert (result.scores, result.status) == (None, "failed")
    assert "Its settings are no longer those of the sweep" in result.reason
    assert sweep_results(sweep).points[0].spread("mse").count == 1
    sweep.store.delete(run)
    exhaust(sweep)
    assert sweep_results(sweep).points[0].spread("mse").count == 2, "a deleted run is trained again"


def test_an_interrupt_ends_the_sweep_and_not_just_its_run(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    record = recorder.Recorder.record

    def interrupted(self: recorder.Recorder, progress: Progress) -> None:
        record(self, progress)
        if progress.step == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr(recorder.Recorder, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        exhaust(sweep)
    assert [run.status for run in sweep_results(sweep).runs] == ["stopped", WAITING, WAITING, WAITING]


def test_missing_scores_are_computed_once(sweep: Sweep) -> None:
    exhaust(sweep)
    before = numbers(sweep)
    (sweep.runs()[2].folder / "scores.json").write_text("[]")
    assert numbers(sweep) != before
    exhaust(sweep)
    assert numbers(sweep) == before
