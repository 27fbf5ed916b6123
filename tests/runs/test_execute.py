"""Execution of a run in this process; test_queue and test_crashes cover processes that die."""

from __future__ import annotations

import math
import os
import threading
from typing import Any

import pytest
import torch
from executing import at, fail, requeued, validation, weights
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.evaluation.scores import score_model
from aecore.runs import execute, recorder
from aecore.runs.execute import cached_pca, run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Progress


def test_a_finished_run_has_all_results(run: Run, small: RunConfig, uninterrupted: Progress) -> None:
    data = small.dataset.load()
    state = run_training(run)
    assert (state.status, state.reason, state.pid) == ("finished", "", None)
    assert state.seconds > 0
    assert state.ended >= state.started >= state.created
    assert [record["step"] for record in run.metrics()] == list(range(1, 31))
    assert len(validation(run)) == 3
    assert run.snapshot_steps() == [1, 2, 4, 8, 10, 16, 20, 30]
    assert (run.model_step(), run.live().metrics["step"], run.live().metrics["steps"]) == (30, 30, 30)
    assert equal(weights(run), uninterrupted.checkpoint().model)
    scores = run.results("scores")
    assert scores["step"] == 30
    assert scores["model"] == score_model(run.model(), data.test).as_dict()
    assert scores["pca"].keys() == scores["model"].keys()
    assert run.results("baseline")["components"] == 4
    examples = run.examples()
    assert examples.noisy is None
    assert torch.equal(examples.originals, data.test.images[data.examples()])
    assert examples.labels.tolist() == data.test.labels.tolist()
    leftovers = {name for name in os.listdir(run.folder) if name.startswith(".")} - {".lock", ".training"}
    assert not leftovers


@pytest.mark.parametrize("step", [1, 13, 20])
def test_a_stopped_run_continues_to_the_same_result(run: Run, uninterrupted: Progress, step: int) -> None:
    state = run_training(run, callback=at(step, run.request_stop))
    assert (state.status, run.model_step(), run.checkpoint().step) == ("stopped", step, step)
    assert run.results("scores")["step"] == step
    assert step in run.snapshot_steps()
    assert run.metrics()[-1]["step"] == step
    spent = state.seconds
    state = run_training(requeued(run))
    assert (state.status, run.model_step()) == ("finished", 30)
    assert state.seconds > spent
    assert equal(weights(run), uninterrupted.checkpoint().model)
    assert [r["step"] for r in run.metrics()] == list(range(1, 31))
    assert validation(run)[-1] == uninterrupted.validation
    seconds = [r["seconds"] for r in run.metrics()]
    assert seconds == sorted(seconds), "the clock continues"


def test_a_cancelled_run_is_queued_again_and_continues(run: Run, uninterrupted: Progress) -> None:
    cancelled = threading.Event()
    state = run_training(run, callback=at(7, cancelled.set), cancelled=cancelled.is_set)
    assert (state.status, state.ended, run.model_step()) == ("queued", None, 7)
    run_training(run)
    assert equal(weights(run), uninterrupted.checkpoint().model)


def test_a_cancelled_worker_does_not_start(run: Run) -> None:
    assert run_training(run, cancelled=lambda: True).status == "queued"
    assert run.metrics() == []


@pytest.mark.parametrize("status", ["stopped", "finished", "failed"])
def test_a_run_that_is_no_longer_queued_is_not_trained(run: Run, status: str) -> None:
    run.change_state(status=status)
    assert run_training(run).status == status
    assert run.metrics() == []


def test_two_workers_do_not_train_a_run_twice(run: Run) -> None:
    states: list[str] = []
    second = threading.Thread(target=lambda: states.append(run_training(run).status))
    assert run_training(run, callback=at(3, second.start)).status == "finished"
    second.join(30)
    assert states == ["finished"]
    assert [r["step"] for r in run.metrics()] == list(range(1, 31)), "trained once"


def test_more_epochs_and_another_learning_rate(run: Run, small: RunConfig) -> None:
    run_training(run)
    first = run.results("scores")
    longer = small.changed({"training.length.epochs": 5, "training.learning_rate": 5e-4})
    assert run_training(requeued(run, longer)).status == "finished"
    records = run.metrics()
    assert [r["step"] for r in records] == list(range(1, 51))
    assert [r["learning_rate"] for r in records] == [1e-3] * 30 + [5e-4] * 20
    assert run.results("scores")["step"] == 50
    assert run.results("scores")["model"]["mse"] < first["model"]["mse"]


def test_fewer_epochs_than_trained_finish_immediately(run: Run, small: RunConfig) -> None:
    run_training(run)
    trained = weights(run)
    assert run_training(requeued(run, small.changed({"training.length.epochs": 1}))).status == "finished"
    assert equal(weights(run), trained)


@pytest.mark.usefixtures("at_every_step")
def test_continues_from_the_last_checkpoint_after_a_crash(run: Run, uninterrupted: Progress) -> None:
    state = run_training(run, callback=at(13, lambda: fail(RuntimeError("boom"))))
    assert state.status == "failed"
    assert state.reason == "Training failed (RuntimeError: boom). Details are in error.log in the run's folder."
    assert "boom" in (run.folder / "error.log").read_text()
    assert run.model_step() == 13
    assert run_training(requeued(run)).status == "finished"
    assert equal(weights(run), uninterrupted.checkpoint().model)
    assert [r["step"] for r in run.metrics()] == list(range(1, 31))


def test_restarts_after_a_crash_without_a_checkpoint(
    run: Run, uninterrupted: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "SECONDS_BEFORE_FIRST_CHECKPOINT", math.inf)
    assert run_training(run, callback=at(5, lambda: fail(RuntimeError("boom")))).status == "failed"
    assert run.checkpoint() is None
    assert run_training(requeued(run)).status == "finished"
    assert [r["step"] for r in run.metrics()] == list(range(1, 31)), "no duplicate steps"
    assert equal(weights(run), uninterrupted.checkpoint().model)


def test_removes_partial_files_of_a_killed_process(run: Run) -> None:
    (run.folder / "snapshots").mkdir()
    partial_files = [run.folder / ".resume.safetensors.k2j3", run.folder / "snapshots" / ".00000008.safetensors.xx"]
    for file in partial_files:
        file.write_bytes(b"partial")
    run_training(run)
    assert not any(file.exists() for file in partial_files)


@pytest.mark.usefixtures("at_every_step")
def test_a_keyboard_interrupt_stops_the_run(run: Run) -> None:
    state = run_training(run, callback=at(5, lambda: fail(KeyboardInterrupt())))
    assert (state.status, state.reason, run.model_step()) == ("stopped", "Stopped from the keyboard.", 5)


def test_reports_insufficient_memory(run: Run) -> None:
    state = run_training(run, callback=at(2, lambda: fail(RuntimeError("DefaultCPUAllocator: can't allocate memory"))))
    assert (state.status, state.reason.partition(".")[0]) == ("failed", "Out of memory")


def test_reports_missing_data(store: Store, small: RunConfig) -> None:
    run = store.create(small.changed({"dataset.kind": "mnist"}))
    state = run_training(run)
    assert state.status == "failed"
    assert "Download it first" in state.reason


def test_a_diverged_run_keeps_the_last_good_checkpoint(run: Run, small: RunConfig) -> None:
    run_training(run, callback=at(13, run.request_stop))
    expected = weights(run)
    diverging = small.changed({"training.learning_rate": 10, "training.length.epochs": 10_000, "network.dropout": 0})
    broken = {name: torch.full_like(value, torch.inf) for name, value in expected.items()}

    def break_weights(progress: Progress) -> None:
        progress.model.load_state_dict(broken)

    state = run_training(requeued(run, diverging), callback=break_weights)
    assert state.status == "failed"
    assert "not finite at step 15 (learning rate 10)" in state.reason
    assert state.reason.endswith("The weights of step 13 are available.")
    assert equal(weights(run), expected)
    assert all(value.isfinite().all() for value in run.model().state_dict().values())
    assert run_training(requeued(run, small)).status == "finished"
    assert all(math.isfinite(r["train"]["loss"]) for r in run.metrics())


def test_a_run_that_diverges_before_a_checkpoint_has_no_weights(store: Store, small: RunConfig) -> None:
    config = small.changed(
        {"bottleneck.kind": "variational", "training.learning_rate": 10, "training.length.epochs": 20}
    )
    run = store.create(config)
    state = run_training(run)
    assert state.status == "failed"
    assert state.reason.endswith("No checkpoint was written.")
    assert run.checkpoint() is None


def test_a_stop_during_the_baseline_is_heard_and_loses_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, uninterrupted: Progress
) -> None:
    def stop(*args: Any) -> None:
        assert run.model_step() is not None, "a checkpoint comes first"
        run.request_stop()

    with monkeypatch.context() as patch:
        patch.setattr(execute, "cached_pca", stop)
        patch.setattr(execute, "SECONDS_BEFORE_BASELINE", -1.0)
        patch.setattr(execute, "write_scores", lambda *args: None)
        assert run_training(run).status == "stopped"
    assert (run.model_step(), run.results("baseline")) == (1, None)
    assert run_training(requeued(run)).status == "finished"
    assert run.results("baseline")["components"] == 4
    assert equal(weights(run), uninterrupted.checkpoint().model)


def test_pca_is_cached_per_training_set(digits: Data, small: RunConfig) -> None:
    data = small.dataset.load()
    first, second = (cached_pca(small.dataset, data, 4) for _ in range(2))
    assert torch.equal(first.components, second.components)
    other = small.changed({"dataset.images": 1000}).dataset
    assert not torch.equal(cached_pca(other, digits, 4).mean, first.mean), "each subset has its own cache entry"
