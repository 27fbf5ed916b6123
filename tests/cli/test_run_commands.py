"""The commands that show, continue, export and delete a stored run, and the names of runs."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from aecore.cli import main
from aecore.config.recipes import recipe
from aecore.runs.names import run_name
from aecore.runs.run import Run
from aecore.runs.store import Store


def test_show_prints_state_scores_and_settings(stored: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "Trained"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{stored.id}  Trained: finished."
    assert lines[1].startswith("Trained for 30 steps in ")
    assert lines[2].startswith("Test: ")
    assert lines[3].startswith("PCA with 4 components: ")
    assert {"  network.kind=dense", "  network.widths=[32]", "  training.batch_size=50"} <= set(lines)


def test_show_prints_one_json_object(stored: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", stored.id[:17], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["run"], shown["status"], shown["step"]) == (stored.id, "finished", 30)
    assert shown["config"] == stored.config().model_dump(mode="json")
    assert shown["scores"] == stored.results("scores")


def test_continue_trains_a_run_to_a_greater_length(stored: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["continue", "Trained", "--epochs", "4", "--learning-rate", "0.002", "--json"]) == 0
    out, err = capfd.readouterr()
    assert "The learning rate was 0.001 and continues at 0.002.\n" in err
    results = json.loads(out)
    assert (results["run"], results["status"], results["steps"]) == (stored.id, "finished", 40)
    assert (stored.model_step(), stored.config().training.learning_rate) == (40, 0.002)
    assert [record["epoch"] for record in stored.metrics() if "validation" in record][-2:] == [3, 4]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["continue", "Trained"], 2, "Total epochs is 3, but 3 epochs are done; enter a larger number. (`--epochs`)"),
        (["continue", "Trained", "--steps", "30"], 2, "Total steps is 30, but 30 steps are done;"),
        (["continue", "Trained", "--epochs", "0"], 2, "Epochs is 0; it must be 1 or more."),
        (["continue", "Trained", "--epochs", "9", "--learning-rate", "fast"], 2, "'fast'; it must be a number"),
        (["continue", "Traind"], 1, "There is no run 'Traind'; `python -m aecore runs` lists them. Did you mean"),
        (["show", ""], 1, "There is no run ''"),
        (["show"], 2, "required: run"),
        (["delete", "Trained", "nonsense"], 1, "There is no run 'nonsense'"),
        (["delete", "Trained"], 2, "Nothing was deleted: confirm with --yes."),
        (["export", "Trained", "nowhere/run.zip"], 2, "Cannot write nowhere/run.zip: no such file or directory"),
        (["export", "Trained", __file__], 2, "exists; choose another name."),
    ],
)
def test_errors_are_one_line_and_change_nothing(
    stored: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    before = {path: path.stat().st_mtime_ns for path in stored.folder.rglob("*") if not path.name.startswith(".")}
    assert main(arguments) == code
    err = capsys.readouterr().err
    assert err.startswith("aecore: ")
    assert err.count("\n") == 1
    assert message in err
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("file", ["config.json", "state.json"])
@pytest.mark.parametrize("command", [["show"], ["show", "--json"], ["continue"], ["export"], ["delete", "--yes"]])
def test_a_damaged_run_is_named_as_such(
    stored: Run, capsys: pytest.CaptureFixture[str], command: list[str], file: str
) -> None:
    (stored.folder / file).write_text("[]")
    assert main([*command, stored.id]) == 1
    assert capsys.readouterr().err == f"aecore: The run {stored.id} cannot be read: {file} is damaged.\n"
    assert main(["runs"]) == 0


def test_a_run_in_training_is_not_continued_and_not_taken_twice(
    stored: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with stored.training_lock(0):
        assert main(["continue", "Trained", "--epochs", "9"]) == 1
    stored.change_state(status="queued")
    assert main(["continue", "Trained", "--epochs", "9"]) == 1
    assert capsys.readouterr().err.count("“Trained” is queued or in training; stop it first.") == 2
    assert stored.config().training.length.total == 3


def test_an_ambiguous_name_lists_the_ids(stored: Run, capsys: pytest.CaptureFixture[str]) -> None:
    other = Run(stored.folder.with_name("20260101-000000-abcdef"))
    shutil.copytree(stored.folder, other.folder)
    assert main(["show", "Trained"]) == 2
    err = capsys.readouterr().err
    assert stored.id in err
    assert other.id in err


def test_an_exported_run_is_complete(stored: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.zip"
    assert main(["export", "Trained", str(file)]) == 0
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "elsewhere")
    copy = Store(tmp_path / "elsewhere").get(stored.id)
    assert copy.config() == stored.config()
    assert copy.metrics() == stored.metrics()
    weights = [run.model().state_dict() for run in (stored, copy)]
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])
    assert not {path.name for path in copy.folder.iterdir()} & {"stop", "live.safetensors", ".lock", ".training"}
    monkeypatch.chdir(tmp_path)
    assert main(["export", "Trained"]) == 0
    assert (tmp_path / f"{stored.id}.zip").is_file()


def test_delete_removes_runs(stored: Run, capsys: pytest.CaptureFixture[str]) -> None:
    queued = Store().create(stored.config(), "Queued")
    assert main(["delete", "Trained", queued.id, "--yes"]) == 0
    assert capsys.readouterr().out.count("Deleted") == 2
    assert Store().runs() == []


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_delete_asks_on_a_terminal(stored: Run, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert main(["delete", "Trained"]) == 0
    assert len(Store().runs()) == left


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Quick start"),
        ({"bottleneck.latent": 2}, "Quick start, latent 2"),
        ({"network.widths": [9, 8], "training.length.steps": 1}, "Quick start, widths 9-8, 1 step"),
        ({"network.kind": "conv"}, "Quick start, network conv"),
        ({"dataset.kind": "shapes"}, "Quick start, dataset shapes"),
        ({"dataset.kind": "shapes", "dataset.classes": [2, 0]}, "Quick start, dataset shapes, only triangle, heart"),
    ],
)
def test_runs_are_named_by_what_differs_from_the_recipe(changes: dict[str, object], name: str) -> None:
    assert run_name(recipe("quick-start").config().changed(changes), recipe("quick-start")) == name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("  a \n\n b ", "a b"),
        ("", "dense"),
        (" \t", "dense"),
        ("x" * 99, "x" * 60),
        ("a\x1b[31m \u202eb\0\udc80", "a[31m b"),  # for a terminal and for the text behind it
        ("\u202e\x1b", "dense"),
    ],
)
def test_names_are_one_line_of_limited_length(stored: Run, given: str, name: str) -> None:
    assert Store().create(stored.config(), given).state().name == name
