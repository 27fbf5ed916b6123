from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Checkpoint, Snapshot, train


def a_record(step: int) -> dict[str, Any]:
    return {"step": step, "epoch": step / 10, "train": {"loss": 1 / step}}


@pytest.fixture
def run(store: Store, small: RunConfig) -> Run:
    return store.create(small)


@pytest.fixture
def checkpoint(small: RunConfig, digits: Data) -> Checkpoint:
    return next(train(small, digits)).checkpoint()


def steps(run: Run) -> list[int]:
    return [record["step"] for record in run.metrics()]


def test_metrics_are_appended(run: Run) -> None:
    records = [a_record(step) for step in (1, 2, 3)]
    for record in records:
        run.append_metrics(record)
    assert run.metrics() == records


def test_a_torn_last_line_is_left_out_and_the_next_one_stands_alone(run: Run) -> None:
    run.append_metrics(a_record(1))
    with open(run.folder / "metrics.jsonl", "a") as file:
        file.write('{"step": 2, "tr')
    assert steps(run) == [1]
    run.rewind_metrics(1)
    run.append_metrics(a_record(2))
    assert steps(run) == [1, 2]


def test_bytes_of_a_damaged_disk_are_left_out(run: Run) -> None:
    run.append_metrics(a_record(1))
    with open(run.folder / "metrics.jsonl", "ab") as file:
        file.write(b"\x00\xff\xfe\n[1]\n7\n")
    run.append_metrics(a_record(2))
    assert steps(run) == [1, 2]


def test_rewinding_takes_back_what_came_after(run: Run) -> None:
    for step in (1, 2, 3, 4):
        run.append_metrics(a_record(step) | {"try": 1})
        run.write_snapshot(Snapshot(step, torch.zeros(10, 1, 2, 2, dtype=torch.uint8), torch.zeros(3, 2)))
    run.rewind_metrics(2)
    assert steps(run) == [1, 2]
    assert run.snapshot_steps() == [1, 2]
    run.append_metrics(a_record(3) | {"try": 2})
    assert [(r["step"], r["try"]) for r in run.metrics()] == [(1, 1), (2, 1), (3, 2)]
    run.rewind_metrics(0)
    assert (run.metrics(), run.snapshot_steps()) == ([], [])
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line).get("step") for line in lines if "step" in line] == [1, 2, 3, 4, 3], "only appended to"


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


def test_the_live_moment(run: Run) -> None:
    pictures = torch.randint(0, 256, (10, 1, 4, 4), dtype=torch.uint8)
    run.write_live({"step": 3, "losses": {"loss": 1.5}}, pictures)
    live = run.live()
    assert live.metrics == {"step": 3, "losses": {"loss": 1.5}}
    assert torch.equal(live.reconstructions, pictures)
    (run.folder / "live.safetensors").write_bytes(b"torn")
    assert run.live() is None


def test_checkpoints_come_back_as_they_were(run: Run, checkpoint: Checkpoint) -> None:
    run.write_checkpoint(checkpoint)
    read = run.checkpoint()
    assert read.step == run.model_step() == checkpoint.step
    for kept, given in ((read.model, checkpoint.model), (read.optimizer, checkpoint.optimizer)):
        assert kept.keys() == given.keys()
        assert all(torch.equal(kept[name], given[name]) for name in given)


@pytest.mark.parametrize("damage", [b"", b"torn", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_damaged_checkpoint_is_told(run: Run, checkpoint: Checkpoint, damage: bytes) -> None:
    run.write_checkpoint(checkpoint)
    for name in ("resume", "model"):
        (run.folder / f"{name}.safetensors").write_bytes(damage)
    with pytest.raises(ValueError, match=r"resume\.safetensors is damaged"):
        run.checkpoint()
    with pytest.raises(UnreadableRun, match=r"cannot be read: model\.safetensors is damaged"):
        run.model()
    assert run.model_step() is None


def test_a_run_without_weights_says_so(run: Run) -> None:
    with pytest.raises(UnreadableRun, match=r"has no model\.safetensors yet\."):
        run.model()


def test_the_wish_to_stop(run: Run) -> None:
    assert not run.stop_wanted
    run.want_stop()
    run.want_stop()
    assert run.stop_wanted
    run.want_stop(False)
    run.want_stop(False)
    assert not run.stop_wanted


def test_numbers(run: Run) -> None:
    run.write_numbers("scores", {"step": 3, "model": {"mse": 0.1}})
    assert run.numbers("scores") == {"step": 3, "model": {"mse": 0.1}}
    assert run.numbers("baseline") is None


def test_a_state_whose_process_is_gone_is_interrupted(run: Run) -> None:
    run.change_state(status="training", pid=2**22 + 1, pid_created=1.0)  # more than Linux numbers processes
    assert run.state().status == "interrupted"
    assert run.state().reason == "Its process ended unexpectedly."
    assert '"training"' in (run.folder / "state.json").read_text()
    run.change_state(name="renamed")
    assert '"interrupted"' in (run.folder / "state.json").read_text(), "the truth is written down at the next chance"


def test_a_process_number_taken_by_another_process_is_not_ours(store: Store, small: RunConfig) -> None:
    run = store.create(small, begun=True)
    assert run.state().status == "training"
    run.change_state(pid_created=run.state().pid_created - 100)
    assert run.state().status == "interrupted"
