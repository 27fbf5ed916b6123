from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from aecore.cli import main
from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig
from aecore.data import Dataset
from aecore.models.networks import Network
from aecore.optim.length import Epochs, Steps
from aecore.optim.schedules import Schedule
from aecore.options.registry import options_by_kind
from aecore.runs.store import Store
from aecore.utils.settings import settings

REPOSITORY = Path(__file__).parents[1]
QUICK = ["--dataset", "mnist-5k", "--epochs", "2", "--set", "dataset.images=500"]
KEYS = {
    "run", "recipe", "dataset", "epochs", "seconds", "images_per_second", "parameters", "test_mse", "test_bce",
    "test_sse", "pca_sse",
}  # fmt: skip


@pytest.fixture(autouse=True)
def home_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give each test a home folder with the shared cache; return its store."""
    cache = settings().cache
    cache.mkdir(exist_ok=True)
    (tmp_path / "cache").symlink_to(cache)
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return Store()


def shell(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "aecore", *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_recipes_lists_names_and_explanations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all(printed.endswith(entry.explanation) for entry, printed in zip(RECIPES.values(), lines, strict=True))


def test_train_prints_one_json_object(capfd: pytest.CaptureFixture[str], home_store: Store) -> None:
    assert main(["train", "vae", *QUICK, "--json", "--name", "My VAE"]) == 0
    out, err = capfd.readouterr()
    assert out.count("\n") == 1
    results = json.loads(out)
    assert results.keys() >= KEYS
    run = home_store.get(results["run"])
    assert (run.state().status, run.state().name, run.state().recipe) == ("finished", "My VAE", "vae")
    assert (results["recipe"], results["dataset"], results["epochs"]) == ("vae", "mnist-5k", 2)
    assert results["parameters"] == run.model().parameter_count()
    assert results["test_sse"] == run.results("scores")["model"]["sse"] == pytest.approx(784 * results["test_mse"])
    assert results["pca_sse"] == run.results("scores")["pca"]["sse"]
    assert results["seconds"] > 0
    assert results["images_per_second"] > 0
    assert "1.00k/1.00k" in err, "the progress bar counts images: 2 epochs of 500"


def test_train_for_a_number_of_steps(capfd: pytest.CaptureFixture[str]) -> None:
    """500 images in batches of 128: four steps per epoch, the last with 116 images."""
    assert main(["train", "vae", "--dataset", "mnist-5k", "--set", "dataset.images=500", "--steps", "9", "--json"]) == 0
    out, err = capfd.readouterr()
    results = json.loads(out)
    assert (results["steps"], results["epochs"]) == (9, 2.25)
    assert "1.13k/1.13k" in err, "two epochs of 500 images and a batch of 128"


def test_train_prints_the_scores_and_runs_lists_the_run(capsys: pytest.CaptureFixture[str], home_store: Store) -> None:
    assert main(["train", "quick-start", *QUICK, "--set", "network.widths=32,16"]) == 0
    (run,) = home_store.runs()
    assert run.config().network.widths == (32, 16)
    assert f"Run {run.id}: finished. Test MSE 0." in capsys.readouterr().out
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == f"{run.id}  finished     Quick start, images 500, widths 32-16, 2 epochs\n"


@pytest.mark.parametrize(
    ("assignment", "read", "value"),
    [
        ("training.batch_size=512", lambda c: c.training.batch_size, 512),
        ("training.length.steps=9", lambda c: c.training.length, Steps(steps=9)),
        ('training.length={"kind":"epochs","epochs":9}', lambda c: c.training.length, Epochs(epochs=9)),
        ("training.learning_rate=1e-4", lambda c: c.training.learning_rate, 1e-4),
        ("training.loss=mse", lambda c: c.training.loss, "mse"),
        ("network.widths=64,32", lambda c: c.network.widths, (64, 32)),
        ("network.widths=[64]", lambda c: c.network.widths, (64,)),
        ("network.widths=64", lambda c: c.network.widths, (64,)),
        ("dataset.images=null", lambda c: c.dataset.images, None),
        *((f"network.kind={kind}", lambda c: c.network.kind, kind) for kind in options_by_kind(Network)),
        *(
            (f"training.schedule.kind={kind}", lambda c: c.training.schedule.kind, kind)
            for kind in options_by_kind(Schedule)
        ),
    ],
)
def test_set_changes_settings(
    monkeypatch: pytest.MonkeyPatch, assignment: str, read: Callable[[RunConfig], Any], value: Any
) -> None:
    configs: list[RunConfig] = []

    class Created(Exception):
        pass

    def create(self: Store, config: RunConfig, *_: object, **__: object) -> None:
        configs.append(config)
        raise Created

    monkeypatch.setattr(Store, "create", create)
    with pytest.raises(Created):
        main(["train", "quick-start", "--set", assignment])
    assert read(configs[0]) == value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "The following arguments are required: command"),
        (["dance"], "There is no command 'dance'; possible values are compress, decompress, fetch, import,"),
        (["trian", "vae"], "Did you mean train?"),
        (["train", "quikstart"], "Did you mean quick-start?"),
        (["train", "vae", "--dataset", "mnist5k"], "Did you mean mnist-5k?"),
        (["train", "vae", "--set", "batchsize=512"], "Did you mean training.batch_size?"),
        (["train", "vae", "--set", "training.schedule=cosine"], "Did you mean training.schedule.kind=cosine?"),
        (["train", "vae", "--set", "bottleneck.latent=true"], "'True'; it must be a whole number"),
        (["fetch", "mnst"], "Did you mean mnist?"),
        (["reproduce", "deepdense"], "Did you mean deep-dense?"),
        (["train"], "The following arguments are required: recipe"),
        (["train", "soup"], "There is no recipe called 'soup'; possible values are quick-start"),
        (["train", "vae", "--epochs", "0"], "Epochs is 0; it must be 1 or more."),
        (["train", "vae", "--epochs", "three"], "it must be a whole number"),
        (["train", "vae", "--epochs"], "expected one argument"),
        (["train", "vae", "--steps", "0"], "Steps is 0; it must be 1 or more."),
        (["train", "vae", "--steps", "9", "--epochs", "9"], "not allowed with argument --steps"),
        (["train", "vae", "--dataset", "cats"], "'cats'; possible values are"),
        (["train", "vae", "--speed", "9"], "Unrecognized arguments: --speed 9"),
        (["train", "vae", "--set", "epochs"], "not of the form PATH=VALUE"),
        (["train", "vae", "--set", "=3"], "not of the form PATH=VALUE"),
        (["train", "vae", "--set", "training.epoch=3"], "There is no setting called 'training.epoch'."),
        (["train", "vae", "--set", "training.length.epochs.x=3"], "it must be a whole number"),
        (["train", "vae", "--set", "training=3"], "it must be a group of settings"),
        (["train", "vae", "--set", "training.learning_rate=NaN"], "it must be a number"),
        (["train", "vae", "--set", "network.kind=magic"], "'magic'; possible values are"),
        (["train", "vae", "--set", "network.widths=[8192,8192,8192]"], "at most 50 million"),
        (["train", "vae", "--set", "dataset.images=1000000"], "1,000,000"),
        (["fetch", "cats"], f"'cats'; possible values are {', '.join(options_by_kind(Dataset))}"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_invalid_arguments_are_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], home_store: Store, arguments: list[str], message: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("aecore: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert home_store.runs() == [], "no run is created"


def test_an_invalid_environment_variable_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECORE_SLOTS", "many")
    assert main(["train", "vae", *QUICK]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_failed_training_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str], home_store: Store) -> None:
    assert main(["train", "vae", *QUICK, "--json", "--set", "training.learning_rate=10"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1].startswith("aecore: The loss is not finite")
    assert home_store.runs()[0].state().status == "failed"


def test_missing_data_names_the_fetch_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "vae", "--dataset", "mnist"]) == 1
    assert "python -m aecore fetch mnist" in capsys.readouterr().err.splitlines()[-1]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--help"])
    assert exit_info.value.code == 0
    output = capsys.readouterr().out
    commands = (
        "recipes", "options", "runs", "show", "export", "delete", "train", "continue", "fetch", "import", "sweep",
        "sweeps",
    )  # fmt: skip
    assert all(f"    {command} " in output for command in commands)


def test_help_of_a_command_keeps_the_capitals_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    with suppress(SystemExit):
        main(["decompress", "--help"])
    assert "Open an .aez file: its pictures as PNG files." in capsys.readouterr().out


def test_ctrl_c_writes_a_checkpoint(home_store: Store, wait_until: Callable[..., None]) -> None:
    process = shell("train", "quick-start", *QUICK, "--epochs", "10000", "--json")
    try:
        wait_until(lambda: home_store.runs() and len(home_store.runs()[0].metrics()) > 3)
        (run,) = home_store.runs()
        assert run.state().status == "training"
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    results = json.loads(out)
    assert (results["status"], results["steps"]) == ("stopped", run.model_step())
    assert run.state().status == "stopped"
    assert run.metrics()[-1]["step"] == run.model_step(), "no step is lost"


def test_shell_and_worker_give_the_same_results(home_store: Store) -> None:
    process = shell("train", "vae", *QUICK, "--json")
    out, _ = process.communicate(timeout=120)
    first = home_store.get(json.loads(out)["run"])
    second = home_store.create(first.config())
    worker = subprocess.Popen(
        [sys.executable, "-m", "aecore.workers.worker", str(home_store.root)],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    worker.stdin.write(f"{second.folder}\n")
    worker.stdin.flush()
    assert worker.stdout.readline().strip() == second.id
    worker.communicate(timeout=60)  # closes its input
    assert worker.returncode == 0
    assert second.results("scores") == first.results("scores")
    losses = [[(r["step"], r["train"], r.get("validation")) for r in run.metrics()] for run in (first, second)]
    assert losses[0] == losses[1]
