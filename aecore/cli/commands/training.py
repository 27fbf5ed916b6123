"""Trainings: a new run, a run that continues, and published results."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from aecore.cli.command import Command
from aecore.errors import InvalidArguments

if TYPE_CHECKING:
    from aecore.runs.sweeps.sweep import Sweep


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", help="a name from `recipes`")
    parser.add_argument("--dataset", help="a kind of dataset from `options`; default: the largest on this machine")
    add_length(parser, "the recipe's")
    parser.add_argument("--name", default="", help="name of the run; default: the recipe and what differs from it")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="change a setting, such as network.kind=conv"
    )
    parser.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")


def add_length(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the arguments for the length of a training."""
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", help=f"length of the training in passes over the images; default: {default}")
    length.add_argument("--steps", help="length of the training in updates of the weights")


def _train(options: argparse.Namespace) -> int:
    from aecore.cli.changes import changed_config
    from aecore.cli.session import require_data, train_run, use_all_cores
    from aecore.config.recipes import recipe
    from aecore.runs.names import run_name
    from aecore.runs.store import Store

    try:
        base = recipe(options.recipe)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    config = changed_config(base, options)
    require_data(config.dataset)
    use_all_cores()
    run = Store().create(config, options.name or run_name(config, base), options.recipe, training=True)
    return train_run(run, options.recipe, options.json)


def _continue_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="id or name of a run that has ended, or of a sweep")
    add_length(parser, "as before")
    parser.add_argument("--learning-rate", help="how far each update moves the weights; default: as before")
    parser.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")


def _continue(options: argparse.Namespace) -> int:
    from aecore.cli.changes import changed_config
    from aecore.cli.find_run import find_run
    from aecore.cli.find_sweep import find_sweep
    from aecore.cli.session import require_data, train_run, use_all_cores
    from aecore.runs.continuation import epochs_at, length_problem, rate_change
    from aecore.runs.execute import resume_here
    from aecore.runs.store import Store

    if sweep := find_sweep(Store(), options.run):
        return _continue_sweep(sweep, options)
    run = find_run(Store(), options.run)
    before, records, step = run.config(), run.metrics(), run.model_step() or 0
    config = changed_config(before, options)
    length = config.training.length
    if problem := length_problem(length, length.done(step, epochs_at(step, records))):
        raise InvalidArguments(f"{problem} (`--{length.kind}`)")
    require_data(config.dataset)
    use_all_cores()
    resume_here(run, config)
    if step and (change := rate_change(before, config, step, records)):
        print(change, file=sys.stderr)
    return train_run(run, run.state().name, options.json)


def _continue_sweep(sweep: Sweep, options: argparse.Namespace) -> int:
    from aecore.cli.sweep_session import require_data_of, train_sweep

    for name in ("epochs", "steps", "learning_rate"):
        if getattr(options, name) is not None:
            raise InvalidArguments(f"A sweep continues with its own settings; leave out --{name.replace('_', '-')}.")
    require_data_of(sweep.plan())
    sweep.request_stop(False)
    return train_sweep(sweep, options.json)


def _reproduce_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help="one or more targets, such as vae; default: all")


def _reproduce(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from aecore.cli.session import use_all_cores
    from aecore.runs.reproduce import reproduce, table
    from aecore.training.train import Progress

    use_all_cores()
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


COMMANDS = (
    Command("train", "train a recipe and store the run, which the app shows too", _train, _train_arguments),
    Command(
        "continue",
        "continue a run from its last checkpoint, or a sweep",
        _continue,
        _continue_arguments,
    ),
    Command(
        "reproduce",
        "train on full MNIST and compare with published results (slow)",
        _reproduce,
        _reproduce_arguments,
    ),
)
