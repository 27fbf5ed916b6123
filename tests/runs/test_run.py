from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace as replace_fields
from typing import Any

import psutil
import pytest
import torch

from aecore.analysis.metrics import EXACT_PSNR
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.errors import UnreadableRun
from aecore.runs.files import metrics
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Checkpoint, Snapshot, train
from aecore.utils.tensors import read_metadata


def record(step: int) -> dict[str, Any]:
    return {"step": step, "epoch": step / 10, "train": {"loss": 1 / step}}


@pytest.fixture
def run(store: Store, small: RunConfig) -> Run:
    return store.create(small)


@pytest.fixture
def checkpoint(small: RunConfig, digits: Data) -> Checkpoint:
    return next(train(small, digits)).checkpoint()


def steps(run: Run) -> list[int]:
    return [r["step"] for r in run.metrics()]


def test_metrics_are_appended(run: Run) -> None:
    records = [record(step) for step in (1, 2, 3)]
    for each in records:
        run.append_metrics(each)
    assert run.metrics() == records


def test_a_partial_last_line_is_ignored(run: Run) -> None:
    run.append_metrics(record(1))
    with open(run.folder / "metrics.jsonl", "a") as file:
        file.write('{"step": 2, "tr')
    assert steps(run) == [1]
    run.rewind_metrics(1)
    run.append_metrics(record(2))
    assert steps(run) == [1, 2]


def test_damaged_lines_are_ignored(run: Run) -> None:
    run.append_metrics(record(1))
    with open(run.folder / "metrics.jsonl", "ab") as file:
        file.write(b"\x00\xff\xfe\n[1]\n7\n")
    run.append_metrics(record(2))
    assert steps(run) == [1, 2]


def test_rewinding_removes_later_records_and_snapshots(run: Run) -> None:
    for step in (1, 2, 3, 4):
        run.append_metrics(record(step) | {"try": 1})
        run.write_snapshot(Snapshot(step, torch.zeros(10, 1, 2, 2, dtype=torch.uint8), torch.zeros(3, 2)))
    run.rewind_metrics(2)
    assert steps(run) == [1, 2]
    assert run.snapshot_steps() == [1, 2]
    run.append_metrics(record(3) | {"try": 2})
    assert [(r["step"], r["try"]) for r in run.metrics()] == [(1, 1), (2, 1), (3, 2)]
    run.rewind_metrics(0)
    assert (run.metrics(), run.snapshot_steps()) == ([], [])
    records = map(json.loads, (run.folder / "metrics.jsonl").read_text().splitlines())
    assert [record["step"] for record in records if "step" in record] == [1, 2, 3, 4, 3], "the file is only appended to"


def test_rewinding_before_the_first_record_changes_nothing(run: Run) -> None:
    run.rewind_metrics(0)
    assert not (run.folder / "metrics.jsonl").exists()


def test_snapshots(run: Run) -> None:
    snapshot = Snapshot(12, torch.randint(0, 256, (10, 1, 4, 4), dtype=torch.uint8), torch.rand(5, 2).half())
    run.write_snapshot(snapshot)
    run.write_snapshot(Snapshot(100_000_001, snapshot.reconstructions, snapshot.codes))
    assert run.snapshot_steps() == [12, 100_000_001]
    read = run.snapshot(12)
    assert read.step == 12
    assert torch.equal(read.reconstructions, snapshot.reconstructions)
    assert torch.equal(read.codes, snapshot.codes)
    with pytest.raises(FileNotFoundError):
        run.snapshot(13)


def test_the_live_view(run: Run) -> None:
    images = torch.randint(0, 256, (10, 1, 4, 4), dtype=torch.uint8)
    run.write_live({"step": 3, "losses": {"loss": 1.5}}, images)
    live = run.live()
    assert live.metrics == {"step": 3, "losses": {"loss": 1.5}}
    assert torch.equal(live.reconstructions, images)
    (run.folder / "live.safetensors").write_bytes(b"torn")
    assert run.live() is None


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_stored_json_has_no_constants_that_json_lacks(run: Run, value: float) -> None:
    run.append_metrics({**record(1), "validation": {"loss": value}})
    run.write_results("scores", {"psnr": value})
    run.write_live({"losses": {"loss": value}}, torch.zeros(1, 1, 2, 2))
    (metadata,) = read_metadata(run.folder / "live.safetensors").values()
    for text in (*((run.folder / name).read_text() for name in ("metrics.jsonl", "scores.json")), metadata):
        assert "null" in text
        assert not any(constant in text for constant in ("NaN", "Infinity"))


def test_reads_the_checkpoint_that_was_written(run: Run, checkpoint: Checkpoint) -> None:
    run.write_checkpoint(checkpoint)
    read = run.checkpoint()
    assert read.step == run.model_step() == checkpoint.step
    for read_group, written in ((read.model, checkpoint.model), (read.optimizer, checkpoint.optimizer)):
        assert read_group.keys() == written.keys()
        assert all(torch.equal(read_group[name], written[name]) for name in written)


def append(run: Run) -> None:
    run.append_metrics(record(9))


def rewind(run: Run) -> None:
    run.rewind_metrics(1)


def replace(run: Run) -> None:
    (run.folder / "metrics.jsonl").unlink()
    run.append_metrics(record(1))
    run.append_metrics(record(3))


@pytest.mark.parametrize(
    ("change", "expected_parses", "expected_steps"),
    [(None, 1, [1, 2]), (append, 2, [1, 2, 9]), (rewind, 2, [1]), (replace, 2, [1, 3])],
    ids=["unchanged", "append", "rewind", "replace"],
)
def test_metrics_are_parsed_once_per_change(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Run], None] | None,
    expected_parses: int,
    expected_steps: list[int],
) -> None:
    parse, parses = metrics.parse_records, []
    monkeypatch.setattr(metrics, "parse_records", lambda content: parses.append(1) or parse(content))
    run.append_metrics(record(1))
    run.append_metrics(record(2))
    assert steps(run) == steps(Run(run.folder)) == [1, 2]
    if change:
        change(run)
    assert steps(run) == steps(run) == expected_steps
    assert len(parses) == expected_parses


def test_changing_returned_metrics_does_not_change_later_reads(run: Run) -> None:
    run.append_metrics(record(1))
    read = run.metrics()
    read[0]["train"]["loss"] = 0.0
    read[0]["step"] = 7
    read.clear()
    assert run.metrics() == [record(1)]


@pytest.mark.parametrize("damage", [b"", b"torn", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_reports_a_damaged_checkpoint(run: Run, checkpoint: Checkpoint, damage: bytes) -> None:
    run.write_checkpoint(checkpoint)
    for name in ("resume", "model"):
        (run.folder / f"{name}.safetensors").write_bytes(damage)
    with pytest.raises(ValueError, match=r"resume\.safetensors is damaged"):
        run.checkpoint()
    with pytest.raises(UnreadableRun, match=r"cannot be read: model\.safetensors is damaged"):
        run.model()
    assert run.model_step() is None


def test_reports_missing_weights(run: Run) -> None:
    with pytest.raises(UnreadableRun, match=r"has no weights"):
        run.model()


def test_stop_requests(run: Run) -> None:
    assert not run.stop_requested
    run.request_stop()
    run.request_stop()
    assert run.stop_requested
    run.request_stop(False)
    run.request_stop(False)
    assert not run.stop_requested


SCORES = {"mse": 0.1, "sse": 78.4, "bce": 0.2, "psnr": 10.0}


def test_results(run: Run) -> None:
    scores = {"step": 3, "components": 2, "model": SCORES, "pca": SCORES}
    run.write_results("scores", scores)
    assert run.results("scores") == scores
    assert run.results("baseline") is None


def test_the_infinite_psnr_of_an_earlier_version_is_read_as_the_cap(run: Run) -> None:
    content = json.dumps({"components": 2, **SCORES, "psnr": math.inf})
    (run.folder / "baseline.json").write_text(content)
    assert run.results("baseline")["psnr"] == EXACT_PSNR


def test_a_validation_loss_that_was_not_computed_stays_unknown(run: Run, checkpoint: Checkpoint) -> None:
    run.write_checkpoint(replace_fields(checkpoint, history=(1.5, math.nan)))
    first, second = run.checkpoint().history
    assert first == 1.5
    assert math.isnan(second)


def test_a_run_whose_process_died_is_interrupted(run: Run) -> None:
    run.change_state(status="training", pid=2**22 + 1, pid_created=1.0)  # above the maximum pid of Linux
    assert run.state().status == "interrupted"
    assert "ended unexpectedly" in run.state().reason
    assert "the memory was full" in run.state().reason
    assert "choose a smaller network or batch size" in run.state().reason
    run.change_state(status="training", boot="another", reason="")
    assert run.state().reason.startswith("The machine was restarted")
    assert '"training"' in (run.folder / "state.json").read_text()
    run.change_state(name="renamed")
    assert '"interrupted"' in (run.folder / "state.json").read_text(), "the next change writes the effective status"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, the system stores the time of creation")
@pytest.mark.parametrize("seconds", [-3600.0, -1.5, 1.5, 3600.0])
def test_a_run_stays_alive_when_the_clock_is_set(
    store: Store, small: RunConfig, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(small, training=True)
    booted = psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + seconds)
    assert psutil.Process().create_time() == pytest.approx(psutil.boot_time() + run.state().pid_created, abs=0.1)
    assert run.state().status == "training"


@pytest.mark.parametrize(("changes", "status"), [
    ({}, "training"),
    ({"boot": "another"}, "interrupted"),
    ({"boot": None, "pid_created": psutil.Process().create_time()}, "training"),  # written by an earlier version
    ({"boot": None, "pid_created": psutil.Process().create_time() - 100}, "interrupted"),
])  # fmt: skip
def test_a_process_is_identified_by_pid_boot_and_creation(
    store: Store, small: RunConfig, changes: dict[str, Any], status: str
) -> None:
    run = store.create(small, training=True)
    run.change_state(**changes)
    assert run.state().status == status


def test_a_reused_pid_is_another_process(store: Store, small: RunConfig) -> None:
    run = store.create(small, training=True)
    assert run.state().status == "training"
    run.change_state(pid_created=run.state().pid_created - 100)
    assert run.state().status == "interrupted"
