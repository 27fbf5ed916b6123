"""The listing of a store: only changed runs are read again, and changes appear when they should."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from aecore.config.run_config import RunConfig
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.file_cache import TIMESTAMP_RESOLUTION_NS
from aecore.utils.files import replace_file


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs whose state was read since the last `clear`."""
    ids: list[str] = []
    read = Run.state
    monkeypatch.setattr(Run, "state", lambda run: ids.append(run.id) or read(run))
    return ids


def age(*runs: Run) -> None:
    """Date the files of runs back, as if they had not just been written."""
    for run in runs:
        status = (run.folder / "state.json").stat()
        earlier = status.st_mtime_ns - 2 * TIMESTAMP_RESOLUTION_NS
        os.utime(run.folder / "state.json", ns=(earlier, earlier))


def write_elsewhere(run: Run, state: State) -> None:
    """Replace a state as another process would, which leaves no trace in this one."""
    replace_file(run.folder / "state.json", state.to_file())


def test_only_changed_runs_are_read_again(store: Store, small: RunConfig, parsed: list[str]) -> None:
    runs = [store.create(small) for _ in range(4)]
    age(*runs)
    assert len(store.entries()) == 4
    parsed.clear()
    write_elsewhere(runs[1], State(status="finished", name="renamed", created=1.0))
    shutil.rmtree(runs[2].folder)
    entries = store.entries(max_age=0.0)
    assert parsed == [runs[1].id]
    assert [(e.run.id, e.state.name) for e in entries][-1] == (runs[1].id, "renamed"), "the oldest is last"
    assert {e.run.id for e in entries} == {runs[0].id, runs[1].id, runs[3].id}


OWN_CHANGES: dict[str, Callable[[Store, Run], object]] = {
    "created": lambda store, run: store.create(run.config()),
    "deleted": lambda store, run: store.delete(run),
    "renamed": lambda store, run: run.change_state(name="other"),
    "settings": lambda store, run: (
        run.write_config(run.config().changed({"bottleneck.latent": 3})),
        run.change_state(),
    ),
}


@pytest.mark.parametrize("change", OWN_CHANGES)
def test_changes_of_this_process_appear_at_once(store: Store, small: RunConfig, change: str) -> None:
    run = store.create(small)
    before = [(e.run.id, e.state, e.config) for e in store.entries()]
    OWN_CHANGES[change](store, run)
    assert [(e.run.id, e.state, e.config) for e in store.entries(max_age=3600.0)] != before


def test_changes_of_other_processes_appear_after_the_given_age(store: Store, small: RunConfig) -> None:
    run = store.create(small)
    store.entries()
    write_elsewhere(run, State(status="finished", name="renamed"))
    assert store.entries(max_age=3600.0)[0].state.status == "queued"
    assert store.entries(max_age=0.0)[0].state.status == "finished"


def test_a_dead_process_changes_its_run_without_a_file(store: Store, small: RunConfig) -> None:
    run = store.create(small)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        created = psutil.Process(process.pid).create_time()
        run.change_state(status="training", pid=process.pid, pid_created=created)
        age(run)
        assert store.entries()[0].state.status == "training"
    finally:
        process.kill()
        process.wait()
    assert store.entries(max_age=0.0)[0].state.status == "interrupted"


def test_equal_settings_are_validated_once(store: Store, small: RunConfig) -> None:
    for seed in (4711, 4711, 4712):
        store.create(small.changed({"training.seed": seed}))
    configs = [entry.config for entry in store.entries()]
    assert len({id(config) for config in configs}) == len(set(configs)) == 2
