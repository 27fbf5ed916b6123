"""The shell's way in. Exit codes: 0 done, 1 failed, 2 bad arguments, 130 interrupted."""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import torch
from pydantic import ValidationError
from tqdm import tqdm

from aecore.config.recipes import RECIPES, recipe
from aecore.config.reference import options_table
from aecore.config.run_config import RunConfig
from aecore.data import Dataset
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages
from aecore.errors import DataUnavailable, ImageError, InvalidArguments
from aecore.images import MNIST_STEPS, ImageArray, ingest
from aecore.options.registry import error_messages, options_by_kind
from aecore.runs.execute import run_training
from aecore.runs.reproduce import CHECKS, reproduce, table
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.diagnostics import diagnose
from aecore.training.train import Progress
from aecore.utils.files import disk_error_message
from aecore.utils.memory import keep_freed_memory
from aecore.utils.settings import settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidArguments(f"{message[0].upper()}{message[1:]}. See `{self.prog} --help`.")


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = _Parser(prog="python -m aecore", description="Train autoencoders from the shell.")
    commands = top.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser("recipes", help="list the recipes")
    commands.add_parser("options", help="list every option of every setting, as Markdown")
    commands.add_parser("runs", help="list the stored runs")
    train = commands.add_parser("train", help="train a recipe and store the run where the app shows it")
    train.add_argument("recipe", help="a name from `recipes`")
    train.add_argument(
        "--dataset", help=f"one of {', '.join(options_by_kind(Dataset))}; default: the fullest on this machine"
    )
    train.add_argument("--epochs", help="how often every image is seen; the same as --set training.epochs=N")
    train.add_argument("--name", default="", help="what the app calls the run")
    train.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="any setting, like training.batch_size=512"
    )
    train.add_argument("--json", action="store_true", help="print one JSON object with the results on stdout")
    fetch = commands.add_parser("fetch", help="download a data set")
    fetch.add_argument("dataset", help=f"one of {', '.join(options_by_kind(Dataset))}")
    fetch.add_argument("--json", action="store_true", help="print the progress as JSON lines on stdout")
    keeping = commands.add_parser("keep", help="keep pictures of your own, to train on with --dataset own")
    keeping.add_argument("name", help="what the app calls them")
    keeping.add_argument("paths", nargs="+", type=Path, metavar="path", help="pictures, zips of them, or folders")
    keeping.add_argument("--as-mnist", action="store_true", help="prepare them as MNIST's digits were, white on black")
    check = commands.add_parser("check", help="train on all of MNIST and compare with published numbers (long)")
    check.add_argument("names", nargs="*", help=f"which of {', '.join(CHECKS)}; default: all")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        options = parser().parse_args(arguments)
        code = _COMMANDS[options.command](options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads along has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InvalidArguments, ValueError) as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 2
    except DataUnavailable as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"aecore: {disk_error_message(settings().home, error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _recipes(options: argparse.Namespace) -> int:
    width = max(map(len, RECIPES))
    for entry in RECIPES.values():
        print(f"{entry.name:<{width}}  {entry.explanation}")
    return 0


def _options(options: argparse.Namespace) -> int:
    print(options_table())
    return 0


def _runs(options: argparse.Namespace) -> int:
    for run in Store().runs():
        state = run.state()
        print(f"{run.id}  {state.status:<11}  {state.name}")
    return 0


def _train(options: argparse.Namespace) -> int:
    config = _config(options)
    if not config.dataset.available():
        raise DataUnavailable(
            f"{config.dataset.unavailable_message()} (`python -m aecore {config.dataset.fetch_command()}`)"
        )
    keep_freed_memory()
    torch.set_num_threads(settings().threads)
    run = Store().create(config, options.name or recipe(options.recipe).title, options.recipe, begun=True)
    with (
        _stopping_at_interrupt(run),
        tqdm(total=None, unit=f" {config.dataset.unit}s", unit_scale=True, file=sys.stderr, desc=options.recipe) as bar,
    ):
        state = run_training(run, callback=_Bar(bar, config))
    if state.status == "failed" or run.numbers("scores") is None:
        print(f"aecore: {state.reason or f'The run {run.id} is {state.status}.'}", file=sys.stderr)
        return 130 if state.status == "stopped" else 1
    results = _results(run, config)
    if options.json:
        print(json.dumps(results))
    else:
        scores, pca = results["test_mse"], results["pca_mse"]
        print(f"Run {run.id}: {state.status}. Test MSE {scores:.5f}, PCA with {results['components']} {pca:.5f}.")
        for sentence in diagnose(config, run.metrics(), run.latest_reconstructions()):
            print(sentence)
    return 130 if state.status == "stopped" else 0


@contextmanager
def _stopping_at_interrupt(run: Run) -> Iterator[None]:
    """The first Ctrl-C asks the run to stop, which keeps a checkpoint; the second one breaks off."""

    def stop(*_: object) -> None:
        run.want_stop()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _config(options: argparse.Namespace) -> RunConfig:
    """The config that the arguments ask for, or InvalidArguments with one line."""
    try:
        chosen = recipe(options.recipe)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    changes: dict[str, Any] = {}
    if options.dataset is not None:
        changes["dataset.kind"] = options.dataset
    if options.epochs is not None:
        changes["training.epochs"] = options.epochs
    for assignment in options.set:
        path, equals, value = assignment.partition("=")
        if not equals or not path:
            raise InvalidArguments(f"--set {assignment!r} is not of the form PATH=VALUE, like training.batch_size=512.")
        changes[path] = _value(value)
    try:
        return chosen.config().changed(changes)
    except ValidationError as error:
        raise InvalidArguments(" ".join(error_messages(error, RunConfig).values())) from error


def _value(text: str) -> Any:
    """JSON where it is JSON (numbers, lists, null), else the text itself; `128,64` is a list."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(f"[{text}]") if "," in text else text
    except ValueError:
        return text


def _results(run: Run, config: RunConfig) -> dict[str, Any]:
    scores = run.numbers("scores")
    assert scores is not None
    state, records = run.state(), run.metrics()
    return {
        "run": run.id,
        "recipe": state.recipe,
        "dataset": config.dataset.kind,
        "status": state.status,
        "epochs": config.training.epochs,
        "steps": scores["step"],
        "seconds": round(state.seconds, 2),
        "images_per_second": statistics.median(r["images_per_second"] for r in records) if records else 0.0,
        "parameters": config.build_model().parameter_count(),
        "components": scores["components"],
        **{f"test_{name}": value for name, value in scores["model"].items()},
        **{f"pca_{name}": value for name, value in scores["pca"].items()},
    }


class _Bar:
    """Shows progress as a bar of pictures."""

    def __init__(self, bar: Any, config: RunConfig) -> None:
        self.bar, self.batch, self.epochs = bar, config.training.batch_size, config.training.epochs
        self.images = config.dataset.images or config.dataset.max_images()

    def __call__(self, progress: Progress) -> None:
        if self.bar.total is None:
            self.bar.reset(total=self.epochs * self.images)
        # The last batch of an epoch may be smaller.
        epochs, steps = divmod(progress.step, progress.steps // self.epochs)
        self.bar.update(epochs * self.images + steps * self.batch - self.bar.n)
        if progress.validation:
            self.bar.set_postfix(epoch=round(progress.epoch), validation=f"{progress.validation['loss']:.2f}")


def _fetch(options: argparse.Namespace) -> int:
    known = options_by_kind(Dataset)
    if options.dataset not in known:
        kinds = ", ".join(known)
        raise InvalidArguments(f"There is no data set called {options.dataset!r}; possible values are {kinds}.")
    dataset = known[options.dataset].model_validate({})
    if options.json:
        dataset.fetch(lambda done, total: print(json.dumps({"done": done, "total": total}), flush=True))
        return 0
    with tqdm(total=None, unit="B", unit_scale=True, file=sys.stderr, desc=options.dataset) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        dataset.fetch(show)
    print(f"{dataset.title} is in {settings().data}.")
    return 0


def _keep(options: argparse.Namespace) -> int:
    if missing := [str(path) for path in options.paths if not path.exists()]:
        raise InvalidArguments(f"There is no file or folder {', '.join(missing)}.")
    files = [file for path in options.paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]

    def pictures() -> Iterator[ImageArray]:
        for file in tqdm([file for file in files if file.is_file()], unit=" files", file=sys.stderr):
            for name, picture in ingest(file.name, file.read_bytes()):
                if isinstance(picture, ImageError):
                    tqdm.write(f"{name}: {picture}", sys.stderr)
                else:
                    yield picture

    kept = create_collection(options.name, pictures(), MNIST_STEPS if options.as_mnist else OwnImages.preparation)
    print(f"{kept.count:,} pictures are kept: --dataset own --set dataset.collection={kept.id}")
    return 0


def _check(options: argparse.Namespace) -> int:
    keep_freed_memory()
    torch.set_num_threads(settings().threads)
    rows = []
    try:
        with tqdm(total=None, unit=" steps", file=sys.stderr, delay=1) as bar:

            def callback(progress: Progress) -> None:
                if progress.step == 1:
                    bar.reset(total=progress.steps)
                bar.update()

            for row in reproduce(options.names, callback):
                rows.append(row)
                bar.write(f"{row.check.name}: {row.outcome.value:.4g}, published {row.check.published}", sys.stderr)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    print(table(rows))
    return 0 if all(row.outcome.holds for row in rows) else 1


_COMMANDS = {
    "recipes": _recipes, "options": _options, "runs": _runs, "train": _train, "fetch": _fetch, "keep": _keep,
    "check": _check,
}  # fmt: skip
