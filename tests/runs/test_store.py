from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aecore.config.run_config import RunConfig
from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store


def test_a_new_run_is_queued(store: Store, small: RunConfig) -> None:
    run = store.create(small, "  My run ", "deep-dense")
    assert run.config() == small
    state = run.state()
    assert (state.status, state.name, state.recipe) == ("queued", "My run", "deep-dense")
    assert state.active
    assert state.created == state.queued
    assert store.get(run.id).folder == run.folder
    assert (run.metrics(), run.snapshot_steps(), run.model_step(), run.checkpoint()) == ([], [], None, None)
    assert (run.live(), run.examples(), run.results("scores")) == (None, None, None)


@pytest.mark.parametrize(("name", "recipe", "shown"), [("", None, "dense"), ("", "vae", "vae"), ("  ", "vae", "vae")])
def test_the_default_name_is_the_recipe_or_the_network(
    store: Store, small: RunConfig, name: str, recipe: str | None, shown: str
) -> None:
    assert store.create(small, name, recipe).state().name == shown


def test_a_number_tells_runs_of_one_owner_apart(store: Store, small: RunConfig) -> None:
    owners = ("ann", "bob", None, "ann", "bob", "ann")
    names = [store.create(small, "Quick start", owner=owner).state().name for owner in owners]
    assert names == ["Quick start"] * 3 + ["Quick start (2)"] * 2 + ["Quick start (3)"]


def test_runs_created_in_the_same_second_have_different_ids(store: Store, small: RunConfig) -> None:
    assert len({store.create(small).id for _ in range(50)}) == 50
    assert len(store.runs()) == 50


def test_the_newest_run_is_listed_first(store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20250101-000000")  # all in the same second
    runs = [store.create(small) for _ in range(6)]
    assert [run.id for run in store.runs()] == [run.id for run in reversed(runs)]


@pytest.mark.parametrize(
    "run_id",
    ["../x", "..", ".", "", "A", "x/y", "x\n", "-x", "ä", "x" * 65, "x" * 10_000, "%2e%2e", "nobody", ".queue"],
)
def test_rejects_ids_outside_the_store(store: Store, small: RunConfig, tmp_path: Path, run_id: str) -> None:
    outside = store.create(small)
    os.rename(outside.folder, tmp_path / "x")
    with pytest.raises(RunNotFound, match="There is no run") as error:
        store.get(run_id)
    assert len(str(error.value)) < 120


DAMAGE = {
    "no config": lambda folder: (folder / "config.json").unlink(),
    "no state": lambda folder: (folder / "state.json").unlink(),
    "torn config": lambda folder: (folder / "config.json").write_bytes(b'{"dataset": {'),
    "torn state": lambda folder: (folder / "state.json").write_bytes(b""),
    "binary state": lambda folder: (folder / "state.json").write_bytes(bytes(range(256))),
    "unknown status": lambda folder: (folder / "state.json").write_text('{"status": "dancing", "name": "x"}'),
    "unknown network": lambda folder: (folder / "config.json").write_text('{"network": {"kind": "future"}}'),
    "state is a folder": lambda folder: ((folder / "state.json").unlink(), (folder / "state.json").mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_folders_are_neither_listed_nor_changed(store: Store, small: RunConfig, damage: str) -> None:
    good, bad = store.create(small), store.create(small)
    DAMAGE[damage](bad.folder)
    (store.root / "notes.txt").write_text("mine")
    (store.root / "empty").mkdir()
    assert [run.id for run in store.runs()] == [good.id]
    assert bad.folder.is_dir()
    assert not bad.readable()


@pytest.mark.parametrize("file", ["config.json", "state.json"])
def test_reports_damaged_and_missing_files(store: Store, small: RunConfig, file: str) -> None:
    run = store.create(small)
    read = run.config if file == "config.json" else run.state
    (run.folder / file).write_text("{")
    with pytest.raises(UnreadableRun, match=rf"^The run {run.id} cannot be read.*\.$"):
        read()
    (run.folder / file).unlink()
    with pytest.raises(UnreadableRun, match=f"has no {file} yet"):
        read()


def test_a_missing_folder_is_an_empty_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "nowhere")
    assert store.runs() == []
    with pytest.raises(RunNotFound):
        store.get("x")
    assert not store.root.exists()


def test_deleting(store: Store, small: RunConfig) -> None:
    run, other = store.create(small), store.create(small)
    store.delete(run)
    assert [r.id for r in store.runs()] == [other.id]
    assert not run.folder.exists()
    assert os.listdir(store.root) == [other.id], "no files are left"
    with pytest.raises(RunNotFound):
        store.get(run.id)
    with pytest.raises(UnreadableRun):
        run.change_state(name="too late")
    with pytest.raises(UnreadableRun), run.training_lock():
        pass
    assert not run.folder.exists(), "no lock brings it back"


def test_a_run_in_training_is_not_deleted(store: Store, small: RunConfig) -> None:
    run = store.create(small, "busy", training=True)
    with pytest.raises(PermissionError, match="“busy” is training; stop it first"):
        store.delete(run)
    assert run.state().status == "training"


def test_renaming(store: Store, small: RunConfig) -> None:
    run = store.create(small, "old")
    run.change_state(name="Ein schöner Name 🙂")
    assert store.get(run.id).state().name == "Ein schöner Name 🙂"
    assert run.state().status == "queued"


def test_starter_models_are_read_only(store: Store, small: RunConfig, tmp_path: Path) -> None:
    starter = Store(tmp_path / "starters").create(small, "Starter")
    store = Store(store.root, read_only=(tmp_path / "starters", tmp_path / "missing"))
    own = store.create(small)
    before = {file: file.read_bytes() for file in starter.folder.rglob("*")}
    assert [run.id for run in store.runs()] == [own.id, starter.id], "own runs come first"
    listed = store.get(starter.id)
    assert listed.read_only
    assert listed.config() == small
    for change in (
        lambda: store.delete(listed),
        lambda: listed.change_state(name="mine"),
        lambda: listed.write_config(small),
        lambda: listed.request_stop(),
    ):
        with pytest.raises(PermissionError, match="“Starter” comes with the app"):
            change()
    assert {file: file.read_bytes() for file in starter.folder.rglob("*")} == before
    assert not store.get(own.id).read_only


def test_runs_are_created_atomically(store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        assert store.runs() == []
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="No space left"):
        store.create(small)
    assert os.listdir(store.root) == []


def test_a_changed_config_is_read_again(store: Store, small: RunConfig) -> None:
    run = store.create(small)
    assert run.config().training.length.epochs == 3
    run.write_config(small.changed({"training.length.epochs": 7}))
    assert Run(run.folder).config().training.length.epochs == run.config().training.length.epochs == 7
