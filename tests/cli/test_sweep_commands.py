"""`sweep` and `sweeps`, and the commands for runs that take a sweep too."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aecore.cli import main
from aecore.config.recipes import recipe
from aecore.optim.length import Steps
from aecore.runs.recorder import Recorder
from aecore.runs.store import Store
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.presets import PRESETS
from aecore.runs.sweeps.results import WAITING, sweep_results
from aecore.runs.sweeps.sweep import Sweep, SweepStore
from aecore.training.train import Progress
from aecore.utils.settings import settings

REPOSITORY = Path(__file__).parents[2]
QUICK = ["--dataset", "mnist-5k", "--steps", "6", "--set", "dataset.images=100", "--set", "network.widths=16"]
SWEEP = ["sweep", "quick-start", "--vary", "bottleneck.latent=2,4", "--seeds", "2", *QUICK]
SCORES = ("mse", "sse", "bce", "psnr")


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give each test a home folder with the shared cache; return its store."""
    cache = settings().cache
    cache.mkdir(exist_ok=True)
    (tmp_path / "cache").symlink_to(cache)
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return Store()


@pytest.fixture
def created(store: Store) -> Sweep:
    """A sweep of which nothing has been trained."""
    changes = {"dataset.kind": "mnist-5k", "dataset.images": 100, "network.widths": [16]}
    base = recipe("quick-start").changed(changes | {"training.length": Steps(steps=6)})
    plan = SweepPlan(name="Mine", base=base, setting="bottleneck.latent", values=(2, 4), seeds=1, recipe="quick-start")
    return SweepStore(store).create(plan)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "The following arguments are required: recipe, --vary"),
        (["vae"], "The following arguments are required: --vary"),
        (["soup", "--vary", "latent"], "There is no recipe called 'soup'"),
        (["vae", "--vary", "latnt"], "Did you mean latent?"),
        (["vae", "--vary", "latent", "--vary", "loss"], "A sweep varies one setting, and --vary is given 2 times."),
        (["vae", "--vary", "bottleneck.latent=2,0"], "bottleneck.latent=0: Latent size is 0; it must be 1 or more."),
        (["vae", "--vary", "bottleneck.latent=2,,4"], "it must be a whole number"),
        (["vae", "--vary", "bottleneck.latnt=2"], "Did you mean bottleneck.latent?"),
        (["vae", "--vary", "network.kind=dense,convv"], "Did you mean conv?"),
        (["vae", "--vary", "network=dense"], "Did you mean network.kind=dense?"),
        (["vae", "--vary", "training.loss=bce,bce"], "training.loss=bce is given twice"),
        (["vae", "--vary", "latent", "--set", "bottleneck.beta=-1"], "Beta is -1; it must be 0 or more."),
        (["quick-start", "--vary", "beta"], "There is no setting called 'bottleneck.beta'"),
        (["vae", "--vary", "network.output=auto,linear"], "BCE needs values in [0, 1]"),
        (["vae", "--vary", "latent", "--seeds", "0"], "Seeds is 0; it must be 1 or more."),
        (["vae", "--vary", "latent", "--seeds", "many"], "Seeds is 'many'; it must be a whole number."),
        (["vae", "--vary", "training.seed=1,2"], "choose 1 as the number of seeds"),
        (["vae", "--vary", "latent", "--steps", "0"], "Steps is 0; it must be 1 or more."),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_what_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], store: Store, arguments: list[str], message: str
) -> None:
    extra = ["--dataset", "mnist-5k"] if arguments else []
    assert main(["sweep", *arguments, *extra]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("aecore: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert (SweepStore(store).sweeps(), store.runs()) == ([], [])


def test_missing_data_are_noticed_before_anything_starts(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    assert main(["sweep", "quick-start", "--vary", "dataset.kind=mnist-5k,mnist"]) == 1
    assert "python -m aecore fetch mnist" in capsys.readouterr().err
    assert SweepStore(store).sweeps() == []


def test_a_sweep_prints_a_table_and_is_listed(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    assert main([*SWEEP, "--name", "Mine"]) == 0
    out, err = capsys.readouterr()
    (sweep,) = SweepStore(store).sweeps()
    assert f"Sweep {sweep.id}: 4 runs, 24 steps. No estimate of the time" in err
    assert "24.0/24.0" in err, "the progress bar counts the steps of all runs"
    assert out.startswith("Mine: 4 of 4 runs have finished.\n\n| latent size ")
    results = sweep_results(sweep)
    for line, point in zip(out.splitlines()[4:], results.points, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:2] == [str(point.value), "2 of 2"]
        assert cells[-4:-1] == [str(point.value), f"{point.pca.mse:.5f}", f"{point.pca.sse:.2f}"]
    assert main(["show", "Mine"]) == 0
    assert capsys.readouterr().out == out
    assert main(["sweeps"]) == 0
    assert capsys.readouterr().out == f"{sweep.id}  finished     4 of 4 runs     Mine\n"
    assert [run.config().training.seed for run in sweep.runs()] == [0, 0, 1, 1]

    assert main(["sweep", "quick-start", "--vary", "latent", *QUICK, "--dry-run"]) == 0
    assert "18 runs, 108 steps, about" in capsys.readouterr().out
    assert len(SweepStore(store).sweeps()) == 1, "a dry run stores nothing"


def test_an_empty_list_says_how_to_start_a_sweep(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    assert main(["sweeps"]) == 0
    assert "No sweep is stored" in capsys.readouterr().err


def test_a_sweep_prints_one_json_object(capfd: pytest.CaptureFixture[str], store: Store) -> None:
    assert main([*SWEEP, "--json"]) == 0
    out, _ = capfd.readouterr()
    assert out.count("\n") == 1
    results = json.loads(out)
    (sweep,) = SweepStore(store).sweeps()
    assert {name: value for name, value in results.items() if name not in ("values", "runs")} == {
        "sweep": sweep.id, "name": "Quick start: latent 2, 4", "status": "finished", "setting": "bottleneck.latent",
        "title": "Latent size", "seeds": 2,
    }  # fmt: skip
    tests, pca = {f"test_{score}" for score in SCORES}, {f"pca_{score}" for score in SCORES}
    for value in results["values"]:
        assert value.keys() == {"value", "text", "components", "seconds"} | tests | pca
        for spread in (value[name] for name in (*tests, "seconds")):
            assert spread.keys() == {"mean", "std", "min", "max", "count"}
    assert [value["value"] for value in results["values"]] == [2, 4]
    for run in results["runs"]:
        assert run.keys() - tests - pca == {
            "run", "value", "seed", "status", "reason", "step", "steps", "seconds", "components",
        }  # fmt: skip
        assert {f"test_{name}": score for name, score in store.get(run["run"]).results("scores")["model"].items()} == {
            name: run[name] for name in tests
        }
    assert main(["show", sweep.id[:20], "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == results


def test_a_dry_run_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": 4, "steps": 24, "seconds": None, "measured": 0}


def test_ctrl_c_stops_a_sweep_and_continue_finishes_it(
    store: Store, wait_until: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*SWEEP, "--seeds", "1", "--set", "training.length.steps=600", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "aecore", *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        wait_until(lambda: store.runs() and len(store.runs()[0].metrics()) > 3)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    (sweep,) = SweepStore(store).sweeps()
    assert err.splitlines()[-1] == f"Continue it with `python -m aecore continue {sweep.id}`."
    results = json.loads(out)
    assert (results["status"], results["runs"][0]["status"]) == ("stopped", "stopped")
    assert len(store.runs()) == 1
    assert results["values"][0]["test_mse"] is None
    assert main(["continue", sweep.id]) == 0
    assert ": 2 of 2 runs have finished." in capsys.readouterr().out
    assert sweep_results(sweep).status == "finished"


def test_a_second_ctrl_c_names_the_command_that_continues(
    created: Sweep, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Recorder.record

    def interrupted(self: Recorder, progress: Progress) -> None:
        record(self, progress)
        if progress.step == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "record", interrupted)
        assert main(["continue", "Mine"]) == 130
    assert capsys.readouterr().err.endswith(f"\nContinue it with `python -m aecore continue {created.id}`.\n")
    assert [run.status for run in sweep_results(created).runs] == ["stopped", WAITING]
    assert main(["continue", "Mine"]) == 0


def test_a_full_disk_is_one_line_and_names_the_command_that_continues(
    created: Sweep, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(["continue", "Mine"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert f"Continue it with `python -m aecore continue {created.id}`." in err
    assert err[-1].startswith("aecore: Cannot write to ")
    assert "no space left on device" in err[-1]
    assert main(["continue", "Mine"]) == 0


def test_continue_withdraws_a_stop(created: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    created.request_stop()
    assert main(["continue", "Mine"]) == 0
    assert "Mine: 2 of 2 runs have finished." in capsys.readouterr().out


def test_a_failed_run_is_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quick = ["--dataset", "mnist-5k", "--epochs", "2", "--set", "dataset.images=500"]
    assert main(["sweep", "vae", "--vary", "training.learning_rate=10,0.001", "--seeds", "1", *quick]) == 1
    out, err = capsys.readouterr()
    failure = "aecore: training.learning_rate=10.0, seed 0: The loss is not finite"
    assert failure in err
    assert "1 of 2 runs have finished." in out
    (sweep,) = SweepStore(store).sweeps()
    assert main(["show", sweep.id]) == 0
    assert capsys.readouterr().err.startswith(failure)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["continue", "Mine", "--epochs", "9"], 2, "A sweep continues with its own settings; leave out --epochs."),
        (["continue", "Mine", "--learning-rate", "1"], 2, "leave out --learning-rate."),
        (["show", "sweep-1999"], 1, "There is no run 'sweep-1999'"),
        (["delete", "Mine"], 2, "Nothing was deleted: confirm with --yes."),
    ],
)
def test_errors_are_one_line(
    created: Sweep, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(arguments) == code
    err = capsys.readouterr().err
    assert err.startswith("aecore: ")
    assert err.count("\n") == 1
    assert message in err
    assert created.exists


def test_an_ambiguous_name_lists_the_ids(created: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    other = SweepStore(created.store).create(created.plan())
    assert main(["show", "sweep-"]) == 2
    err = capsys.readouterr().err
    assert created.id in err
    assert other.id in err
    assert main(["show", "Mine (2)"]) == 0


def test_a_run_is_found_before_a_sweep_of_that_name(created: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    run = created.store.create(created.plan().base, "Mine")
    assert main(["show", "Mine"]) == 0
    assert run.id in capsys.readouterr().out


def test_a_damaged_sweep_is_named_as_such(created: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    (created.folder / "sweep.json").write_text("[]")
    for command in (["show", created.id], ["show", created.id, "--json"], ["continue", created.id]):
        assert main(command) == 1
        assert capsys.readouterr().err == (
            f"aecore: The sweep {created.id} cannot be read: sweep.json is damaged (it is not a sweep).\n"
        )
    assert main(["sweeps"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["delete", created.id, "--yes"]) == 0
    assert not created.folder.exists()


def test_delete_removes_a_sweep_with_its_runs(created: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    other = created.store.create(created.plan().base)
    for member in created.plan().members:
        created.create_run(member)
    assert main(["delete", "Mine", "--yes"]) == 0
    assert capsys.readouterr().out == f"Deleted the sweep {created.id}.\n"
    assert [run.id for run in created.store.runs()] == [other.id]
    assert SweepStore(created.store).sweeps() == []


def test_help_lists_presets_and_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sweep", "--help"])
    output = " ".join(capsys.readouterr().out.split())
    assert f"or a preset: {', '.join(PRESETS)}" in output
    for argument in ("--vary", "--seeds", "--dataset", "--epochs", "--steps", "--name", "--set", "--dry-run", "--json"):
        assert argument in output
