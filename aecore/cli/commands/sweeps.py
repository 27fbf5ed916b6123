"""Sweeps: train several values of a setting with several seeds, and list the sweeps."""

from __future__ import annotations

import argparse

from aecore.cli.command import Command
from aecore.cli.commands.training import add_length
from aecore.errors import InvalidArguments


def _sweep_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", help="a name from `recipes`")
    parser.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="PATH=VALUES",
        help="the setting and its values, such as bottleneck.latent=2,4,8 or network.kind=dense,conv; or a preset: "
        "latent, loss, network, dropout, beta, images",
    )
    parser.add_argument("--seeds", default="3", help="how often each value is trained; default: 3")
    parser.add_argument("--dataset", help="a kind of dataset from `options`; default: the largest on this machine")
    add_length(parser, "the recipe's")
    parser.add_argument("--name", default="", help="name of the sweep; default: the recipe, the setting and its values")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="change a setting of all runs, as in `train`"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what the sweep costs: runs, steps, time")
    parser.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")


def _sweep(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from pydantic import ValidationError

    from aecore.cli.changes import changed_config, varied
    from aecore.cli.sweep_session import require_data_of, train_sweep
    from aecore.config.recipes import recipe
    from aecore.options.error_messages import error_messages
    from aecore.runs.store import Store
    from aecore.runs.sweeps.cost import sweep_cost
    from aecore.runs.sweeps.plan import SweepPlan
    from aecore.runs.sweeps.sweep import SweepStore
    from aecore.utils.strict_json import to_json

    try:
        base = changed_config(recipe(options.recipe), options)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    setting, values = varied(options.vary)
    try:
        plan = SweepPlan(
            name=options.name, recipe=options.recipe, base=base, setting=setting, values=values, seeds=options.seeds
        )
    except ValidationError as error:
        raise InvalidArguments(" ".join(error_messages(error, SweepPlan).values())) from error
    store = Store()
    if options.dry_run:
        cost = sweep_cost(plan, store)
        print(to_json(asdict(cost)) if options.json else cost.text)
        return 0
    require_data_of(plan)
    return train_sweep(SweepStore(store).create(plan), options.json)


def _sweeps(options: argparse.Namespace) -> int:
    import sys

    from aecore.errors import UnreadableSweep
    from aecore.runs.store import Store
    from aecore.runs.sweeps.results import sweep_results
    from aecore.runs.sweeps.sweep import SweepStore

    sweeps = SweepStore(Store()).sweeps()
    if not sweeps:
        print("No sweep is stored; `python -m aecore sweep --help` says how to start one.", file=sys.stderr)
    for sweep in sweeps:
        try:
            results = sweep_results(sweep)
        except UnreadableSweep:  # deleted meanwhile
            continue
        count = f"{results.finished} of {len(results.runs)} runs"
        print(f"{sweep.id}  {results.status:<11}  {count:<14}  {results.name}")
    return 0


COMMANDS = (
    Command("sweep", "train several values of one setting, and compare their test scores", _sweep, _sweep_arguments),
    Command("sweeps", "list the stored sweeps", _sweeps),
)
