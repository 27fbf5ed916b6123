"""The command line interface. Exit codes: 0 success, 1 failure, 2 invalid arguments, 130 interrupted."""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
from aecore.errors import AecoreError, DataUnavailable, ImageError, InvalidArguments
from aecore.images import MNIST_STEPS, ImageArray, ingest_file
from aecore.optim.length import Length, steps_per_epoch
from aecore.options.registry import error_messages, options_by_kind
from aecore.runs.execute import run_training
from aecore.runs.reproduce import TARGETS, reproduce, table
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.diagnostics import diagnose
from aecore.training.train import Progress
from aecore.utils.files import disk_error_message
from aecore.utils.process import keep_freed_memory
from aecore.utils.settings import settings
from aecore.utils.strict_json import to_json


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidArguments(f"{message[0].upper()}{message[1:]}. See `{self.prog} --help`.")


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    root = _Parser(prog="python -m aecore", description="Train autoencoders from the command line.")
    commands = root.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser("recipes", help="list the recipes")
    commands.add_parser("options", help="list all options of all settings, as Markdown")
    commands.add_parser("runs", help="list the stored runs")
    train = commands.add_parser("train", help="train a recipe and store the run, which the app shows too")
    train.add_argument("recipe", help="a name from `recipes`")
    train.add_argument(
        "--dataset", help=f"one of {', '.join(options_by_kind(Dataset))}; default: the largest on this machine"
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument("--epochs", help="length of the training in passes over the images; default: the recipe's")
    length.add_argument("--steps", help="length of the training in updates of the weights")
    train.add_argument("--name", default="", help="name of the run")
    train.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="change a setting, such as network.kind=conv"
    )
    train.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")
    fetch = commands.add_parser("fetch", help="download a dataset")
    fetch.add_argument("dataset", help=f"one of {', '.join(options_by_kind(Dataset))}")
    fetch.add_argument("--json", action="store_true", help="print the progress to stdout as JSON lines")
    images = commands.add_parser("import", help="import pictures as an image collection, for --dataset own")
    images.add_argument("name", help="name of the collection")
    images.add_argument("paths", nargs="+", type=Path, metavar="path", help="image files, zip files or folders")
    images.add_argument("--as-mnist", action="store_true", help="prepare them like MNIST's digits, white on black")
    targets = commands.add_parser("reproduce", help="train on full MNIST and compare with published results (slow)")
    targets.add_argument("names", nargs="*", help=f"one or more of {', '.join(TARGETS)}; default: all")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    try:
        options = parser().parse_args(arguments)
        code = _COMMANDS[options.command](options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InvalidArguments, ValueError) as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 2
    except AecoreError as error:
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
    run = Store().create(config, options.name or recipe(options.recipe).title, options.recipe, training=True)
    with (
        _stop_at_interrupt(run),
        tqdm(total=None, unit=f" {config.dataset.unit}s", unit_scale=True, file=sys.stderr, desc=options.recipe) as bar,
    ):
        state = run_training(run, callback=_ProgressBar(bar, config))
    if state.status == "failed" or run.results("scores") is None:
        print(f"aecore: {state.reason or f'The run {run.id} is {state.status}.'}", file=sys.stderr)
        return 130 if state.status == "stopped" else 1
    results = _results(run, config)
    if options.json:
        print(to_json(results))
    else:
        mse, pca = f"{results['test_mse']:.5f}", f"{results['pca_mse']:.5f}"
        print(f"Run {run.id}: {state.status}. Test MSE {mse}; PCA with {results['components']} components {pca}.")
        for sentence in diagnose(config, run.metrics(), run.latest_reconstructions()):
            print(sentence)
    return 130 if state.status == "stopped" else 0


@contextmanager
def _stop_at_interrupt(run: Run) -> Iterator[None]:
    """The first Ctrl-C asks the run to stop, which writes a checkpoint; the second one terminates the process."""

    def stop(*_: object) -> None:
        run.request_stop()
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _config(options: argparse.Namespace) -> RunConfig:
    """Build the config from the arguments. Raises InvalidArguments."""
    try:
        base = recipe(options.recipe)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    changes: dict[str, Any] = {}
    if options.dataset is not None:
        changes["dataset.kind"] = options.dataset
    for unit in options_by_kind(Length):
        if (total := getattr(options, unit)) is not None:
            changes["training.length"] = {"kind": unit, unit: total}
    for assignment in options.set:
        path, equals, value = assignment.partition("=")
        if not equals or not path:
            raise InvalidArguments(
                f"--set {assignment!r} is not of the form PATH=VALUE, for example training.batch_size=512."
            )
        changes[path] = _value(value)
    try:
        return base.config().changed(changes)
    except ValidationError as error:
        raise InvalidArguments(" ".join(error_messages(error, RunConfig).values())) from error


def _value(text: str) -> Any:
    """Parse JSON (numbers, lists, null) or a comma-separated list such as `128,64`; other text stays text."""
    for source in (text, f"[{text}]") if "," in text else (text,):
        with suppress(ValueError):
            return json.loads(source)
    return text


def _results(run: Run, config: RunConfig) -> dict[str, Any]:
    scores = run.results("scores")
    assert scores is not None
    state, records = run.state(), run.metrics()
    return {
        "run": run.id,
        "recipe": state.recipe,
        "dataset": config.dataset.kind,
        "status": state.status,
        "epochs": records[-1]["epoch"] if records else 0.0,
        "steps": scores["step"],
        "seconds": round(state.seconds, 2),
        "images_per_second": statistics.median(r["images_per_second"] for r in records) if records else 0.0,
        "parameters": config.build_model().parameter_count(),
        "components": scores["components"],
        **{f"test_{name}": value for name, value in scores["model"].items()},
        **{f"pca_{name}": value for name, value in scores["pca"].items()},
    }


class _ProgressBar:
    """Updates a progress bar that counts images."""

    def __init__(self, bar: Any, config: RunConfig) -> None:
        self.bar, self.batch = bar, config.training.batch_size
        self.images = config.dataset.images or config.dataset.max_images()

    def __call__(self, progress: Progress) -> None:
        if self.bar.total is None:
            self.bar.reset(total=self._images_after(progress.steps))
        self.bar.update(self._images_after(progress.step) - self.bar.n)
        if progress.validation:
            self.bar.set_postfix(epoch=f"{progress.epoch:.3g}", validation=f"{progress.validation['loss']:.2f}")

    def _images_after(self, step: int) -> int:
        epochs, steps = divmod(step, steps_per_epoch(self.images, self.batch))
        return epochs * self.images + steps * self.batch


def _fetch(options: argparse.Namespace) -> int:
    datasets = options_by_kind(Dataset)
    if options.dataset not in datasets:
        raise InvalidArguments(f"There is no dataset {options.dataset!r}; possible values are {', '.join(datasets)}.")
    dataset = datasets[options.dataset].model_validate({})
    if options.json:
        dataset.fetch(lambda done, total: print(to_json({"done": done, "total": total}), flush=True))
        return 0
    with tqdm(total=None, unit="B", unit_scale=True, file=sys.stderr, desc=options.dataset) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        dataset.fetch(update)
    print(f"{dataset.title} is in {settings().data}.")
    return 0


def _import(options: argparse.Namespace) -> int:
    if missing := [str(path) for path in options.paths if not path.exists()]:
        raise InvalidArguments(f"No such file or folder: {', '.join(missing)}.")
    files = [file for path in options.paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]

    given = 0

    def images() -> Iterator[ImageArray]:
        nonlocal given
        for file in tqdm(filter(_is_file, files), unit=" files", file=sys.stderr):
            for name, image in ingest_file(file):
                if isinstance(image, ImageError):
                    tqdm.write(f"{name}: {image}", sys.stderr)
                else:
                    given += 1
                    yield image

    collection = create_collection(options.name, images(), MNIST_STEPS if options.as_mnist else OwnImages.preparation)
    repeated = given - collection.count
    omitted = f" Left out {repeated:,} that {'repeats' if repeated == 1 else 'repeat'} another." if repeated else ""
    print(
        f"Imported {collection.count:,} images.{omitted} "
        f"Train with --dataset own --set dataset.collection={collection.id}"
    )
    return 0


def _is_file(path: Path) -> bool:
    """Whether a path is to be read; one that cannot be looked at is read, so that its error is printed."""
    return os.path.isfile(path) or not os.path.exists(path)


def _reproduce(options: argparse.Namespace) -> int:
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
                bar.write(f"{row.target.name}: {row.outcome.value:.4g}, published {row.target.published}", sys.stderr)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    print(table(rows))
    return 0 if all(row.outcome.holds for row in rows) else 1


_COMMANDS = {
    "recipes": _recipes, "options": _options, "runs": _runs, "train": _train, "fetch": _fetch,
    "import": _import, "reproduce": _reproduce,
}  # fmt: skip
