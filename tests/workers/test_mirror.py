"""Mirroring of run folders, without a cluster: what is sent, in which order it is written, and what a failure costs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tensors import equal

from aecore.runs.run import Run
from aecore.workers.cluster import mirror
from aecore.workers.cluster.mirror import FileChange, Outbox, write_changes

CHECKPOINT = ["resume.safetensors", "model.safetensors"]


@pytest.fixture
def source(trained: Run, tmp_path: Path) -> Run:
    shutil.copytree(trained.folder, tmp_path / "source")
    return Run(tmp_path / "source")


@pytest.fixture
def outbox(source: Run) -> Outbox:
    outbox = Outbox(source.folder)
    outbox.mark_sent()
    return outbox


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def append(text: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        with open(folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(text)

    return change


def remove_snapshot(folder: Path) -> None:
    sorted((folder / "snapshots").iterdir())[0].unlink()


#: What happens to a folder, and the paths sent.
CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda folder: None, []),
    "metrics": (append('{"step": 31}\n'), ["metrics.jsonl"]),
    "part of a line": (append('{"st'), ["metrics.jsonl"]),
    "live view": (lambda folder: (folder / "live.safetensors").write_bytes(b"1"), ["live.safetensors"]),
    "checkpoint": (lambda folder: [(folder / name).write_bytes(b"1") for name in CHECKPOINT], CHECKPOINT),
    "new snapshot": (lambda folder: (folder / "snapshots" / "9.safetensors").touch(), ["snapshots/9.safetensors"]),
    "removed snapshot": (remove_snapshot, ["snapshots/00000001.safetensors"]),
    "lock": (lambda folder: (folder / ".training").touch(), []),
    "reserve": (lambda folder: (folder / ".reserve").write_bytes(b"00"), []),
    "partly written": (lambda folder: (folder / "snapshots" / ".8.safetensors.x").touch(), []),
    "request to stop": (lambda folder: (folder / "stop").touch(), []),
}


@pytest.mark.parametrize(("change", "paths"), CHANGES.values(), ids=CHANGES)
def test_sends_what_has_changed_once(source: Run, outbox: Outbox, change, paths: list[str], tmp_path: Path) -> None:
    copy = shutil.copytree(source.folder, tmp_path / "copy")
    change(source.folder)
    changes = outbox.changes()
    assert [file.path for file in changes] == paths
    assert outbox.changes() == []
    write_changes(copy, changes)
    assert files(copy) == {path: content for path, content in files(source.folder).items() if path != "stop"}


def test_only_new_metrics_are_sent(source: Run, outbox: Outbox) -> None:
    size = (source.folder / "metrics.jsonl").stat().st_size
    append('{"resumed": 20}\n')(source.folder)
    assert outbox.changes() == [FileChange("metrics.jsonl", b'{"resumed": 20}\n', size)]


def test_a_whole_run_can_be_sent(source: Run, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    write_changes(tmp_path / "copy", Outbox(source.folder).changes())
    copy = Run(tmp_path / "copy")
    assert files(copy.folder) == files(source.folder)
    assert copy.metrics() == source.metrics()
    assert equal(copy.checkpoint().model, source.checkpoint().model)


def test_reads_the_state_first_and_the_metrics_after_the_checkpoint(source: Run) -> None:
    paths = [file.path for file in Outbox(source.folder).changes()]
    assert paths[:4] == ["state.json", *CHECKPOINT, "metrics.jsonl"]


@pytest.mark.parametrize("failing", [None, "metrics.jsonl", "resume.safetensors", "model.safetensors", "state.json"])
def test_a_copy_that_is_written_in_part_can_continue(
    source: Run, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str | None
) -> None:
    """The metrics of a copy reach at least to its checkpoint, and its state is older than both."""
    copy = Run(shutil.copytree(source.folder, tmp_path / "copy"))
    last = source.metrics()[-1]
    source.append_metrics({**last, "step": 31})
    checkpoint = source.checkpoint()
    source.write_checkpoint(type(checkpoint)(**{**vars(checkpoint), "step": 31}))
    source.change_state(reason="later")
    replace_file = mirror.replace_file

    def replace(path: Path, content: bytes, durable: bool) -> None:
        if path.name == failing:
            raise OSError("full")
        replace_file(path, content, durable)

    def append_failing(path: Path, start: int, content: bytes) -> None:
        raise OSError("full")

    monkeypatch.setattr(mirror, "replace_file", replace)
    if failing == "metrics.jsonl":
        monkeypatch.setattr(mirror, "_append", append_failing)
    changes = outbox.changes()
    if failing is None:
        write_changes(copy.folder, changes)
    else:
        with pytest.raises(OSError, match="full"):
            write_changes(copy.folder, changes)
    assert copy.metrics()[-1]["step"] >= copy.checkpoint().step
    assert (copy.state().reason == "later") == (failing is None)

    monkeypatch.undo()
    outbox.reset()
    write_changes(copy.folder, outbox.changes())
    assert files(copy.folder) == files(source.folder)


def test_refuses_an_addition_after_a_gap(source: Run, tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_bytes(b"{}\n")
    with pytest.raises(OSError, match=r"has 3 bytes; an addition begins at byte 10\."):
        write_changes(tmp_path, [FileChange("metrics.jsonl", json.dumps({}).encode(), start=10)])
