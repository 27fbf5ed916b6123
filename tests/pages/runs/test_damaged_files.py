"""A run with a damaged file: pages show what can be read, and a sentence instead of the rest."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import Any

import pytest
from damaged_files import FILES, damages, restore

from aecore.errors import UnreadableRun
from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.diagnostics import diagnose
from pages.parts.runs.live import LiveRun
from pages.parts.runs.loss_chart import alt_text, baseline_level, record_row
from pages.parts.runs.replay import losses_at


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


def read_all(run: Run) -> None:
    """Read everything that pages read, and make of it what they show."""
    try:
        state, config = run.state(), run.config()
    except UnreadableRun:
        return
    json.dumps(state.model_dump()).encode("utf-8")
    records = run.metrics()
    diagnose(config, records, run.latest_reconstructions())
    json.dumps([record_row(record) for record in records], allow_nan=False)
    alt_text(records, "nats")
    losses_at(records, tuple(run.snapshot_steps()))
    json.dumps(baseline_level(run.results("baseline"), config), allow_nan=False)
    run.results("scores")
    assert run.seconds_trained() >= 0
    assert (run.model_step() or 0) >= 0
    with suppress(ValueError):
        run.checkpoint()
    live = LiveRun(run)
    live.update()
    json.loads(live.json(0, 1.0), parse_constant=refuse)


@pytest.fixture
def run(app_store: Store, trained: Run) -> Run:
    run = Run(shutil.copytree(trained.folder, app_store.root / "20260101-000000-abcdef"))
    run.change_state(status="training", **this_process())
    return run


@pytest.mark.parametrize("file", FILES)
def test_every_damaged_value_is_read_or_explained(run: Run, tmp_path, file: str) -> None:
    original = shutil.copytree(run.folder, tmp_path / "original")
    failed = []
    for damage in damages(original, file):
        damage.apply(run.folder)
        try:
            read_all(run)
        except Exception as error:
            failed.append(f"{damage}: {type(error).__name__}: {error}"[:200])
        restore(run.folder, original, file)
    assert not failed, "\n".join(failed)
