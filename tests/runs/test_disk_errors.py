"""Files that cannot be written during a training: a full disk, or a page that has them open."""

from __future__ import annotations

import errno
import math
import os
import threading
import time
from typing import Any

import pytest
import torch
from executing import at, requeued, weights
from tensors import equal

from aecore.runs import recorder
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.training.train import Progress


def test_a_live_view_that_a_page_has_open_is_skipped(
    run: Run, at_every_step: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, which does not replace open files."""
    write_live = Run.write_live

    def refused(run: Run, metrics: dict[str, Any], reconstructions: torch.Tensor) -> None:
        if metrics["step"] % 2:
            raise PermissionError(errno.EACCES, "Access is denied")
        write_live(run, metrics, reconstructions)

    monkeypatch.setattr(Run, "write_live", refused)
    assert run_training(run).status == "finished"
    assert run.live().metrics["step"] == 30


def test_a_file_that_cannot_be_written_fails_the_run_with_the_checkpoint_that_there_is(run: Run) -> None:
    (run.folder / "examples.safetensors").mkdir()
    assert run_training(run).reason == "A file could not be written: Is a directory. No checkpoint was written."


@pytest.mark.usefixtures("at_every_step")
def test_a_snapshot_that_a_page_has_open_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "The file is in use")

    monkeypatch.setattr("pathlib.Path.unlink", lambda path, **_: refused() if path.parent.name == "snapshots" else None)
    assert run_training(run).status == "finished"


@pytest.mark.usefixtures("at_every_step")
def test_a_full_disk_fails_the_run_and_leaves_the_checkpoint(
    run: Run, uninterrupted: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, full = os.fsync, threading.Event()

    def fill(descriptor: int) -> None:
        if full.is_set() and os.fstat(descriptor).st_size > 10_000:  # small files still fit
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fill)
    state = run_training(run, callback=at(12, full.set))
    assert state.status == "failed"
    assert state.reason == "The disk is full. Free some space and press Continue; the last checkpoint is intact."
    assert run.checkpoint().step == run.model_step() == 12
    run.model()
    full.clear()
    assert run_training(requeued(run)).status == "finished"
    assert equal(weights(run), uninterrupted.checkpoint().model)


def test_a_disk_that_fills_between_the_two_weight_files_leaves_both_intact(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_training(run, callback=at(4, run.request_stop))
    monkeypatch.setattr(recorder, "SECONDS_BEFORE_FIRST_CHECKPOINT", math.inf)
    replace = os.replace

    def refuse(source: Any, target: Any) -> None:
        if os.fspath(target).endswith("model.safetensors"):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    assert "disk is full" in run_training(requeued(run)).reason
    assert (run.model_step(), run.checkpoint().step) == (4, 30)
    run.model()
