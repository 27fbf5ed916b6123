"""Anomaly detection: each class is normal once, and all others are anomalous."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aecore.cli.command import Command
from aecore.errors import InvalidArguments

if TYPE_CHECKING:
    from aecore.config.run_config import RunConfig
    from aecore.evaluation.anomaly.one_class import OneClassResult, Quantity

#: Mean AUROC on MNIST, in percent.
_PUBLISHED = (
    ("DCAE", 89.7, "Ruff et al. 2018"),
    ("Deep SVDD", 94.8, "Ruff et al. 2018"),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", help="a kind of dataset from `options`; default: the largest on this machine")
    parser.add_argument("--recipe", default="anomaly", help="a name from `recipes`; default: anomaly")
    parser.add_argument("--classes", help="the classes to take for normal, such as 0,8; default: all")
    parser.add_argument("--seeds", type=int, default=3, help="number of trainings for each class; default: 3")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a setting, such as corruption.kind=none",
    )
    parser.add_argument("--again", action="store_true", help="train all models, also those whose results are stored")
    parser.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")


def _run(options: argparse.Namespace) -> int:
    from aecore.cli.changes import changed_config
    from aecore.cli.session import require_data, use_all_cores
    from aecore.config.recipes import recipe
    from aecore.runs.one_class import results_folder
    from aecore.utils.strict_json import to_json

    try:
        base = recipe(options.recipe)
    except KeyError as error:
        raise InvalidArguments(error.args[0]) from error
    config = changed_config(base, options)
    classes = _classes(options.classes, config)
    if options.seeds < 1:
        raise InvalidArguments(f"--seeds is {options.seeds}; it must be at least 1.")
    require_data(config.dataset)
    use_all_cores()
    results, known = _collect(config, classes, range(options.seeds), options.again)
    total = len(classes) * options.seeds
    if len(results) < total:
        print(f"Stopped. {len(results)} of {total} models are stored; the same command continues.", file=sys.stderr)
        return 130
    if known:
        print(f"{known} of {total} models were trained before, and read from {results_folder()}.", file=sys.stderr)
    print(to_json(_as_json(config, results)) if options.json else _text(config, results))
    return 0


def _collect(
    config: RunConfig, classes: Sequence[int], seeds: Sequence[int], again: bool
) -> tuple[list[OneClassResult], int]:
    """Return the results until all are there or Ctrl-C is pressed, and how many of them were stored before."""
    from tqdm import tqdm

    from aecore.runs.one_class import run_or_read
    from aecore.training.train import Progress

    results: list[OneClassResult] = []
    known = 0
    with suppress(KeyboardInterrupt), tqdm(total=len(classes) * len(seeds), unit=" models", file=sys.stderr) as bar:

        def callback(progress: Progress) -> None:
            bar.set_postfix_str(f"step {progress.step} of {progress.steps}", refresh=progress.step % 50 == 0)

        for result, was_stored in run_or_read(config, classes, seeds, callback, again):
            results.append(result)
            known += was_stored
            bar.update()
    return sorted(results, key=lambda result: (result.normal, result.seed)), known


def _classes(text: str | None, config: RunConfig) -> list[int]:
    from aecore.evaluation.anomaly.one_class import class_sizes

    count = len(class_sizes(config.dataset))
    if text is None:
        return list(range(count))
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) < count for part in parts):
        raise InvalidArguments(f"--classes is {text!r}; give numbers from 0 to {count - 1}, such as 0,8.")
    return sorted({int(part) for part in parts})


def _methods(results: Sequence[OneClassResult]) -> dict[str, str]:
    """The titles of what was measured, by name."""
    from aecore.evaluation.anomaly.baselines import BASELINES
    from aecore.evaluation.anomaly.scores import SCORES

    titles = {name: score.title for name, score in SCORES.items()}
    titles |= {name: baseline.title for name, baseline in BASELINES.items()}
    return {name: titles[name] for name in results[0].auroc}


def _text(config: RunConfig, results: Sequence[OneClassResult]) -> str:
    seeds = len({result.seed for result in results})
    spread = f"; ± is the standard deviation over {seeds} seeds." if seeds > 1 else ", from one seed."
    return "\n\n".join(
        (
            f"AUROC in percent of all test images{spread}",
            _table(config, results, "auroc"),
            "Average precision in percent; anomalous is what is to be found.",
            _table(config, results, "average_precision"),
        )
    )


def _table(config: RunConfig, results: Sequence[OneClassResult], quantity: Quantity) -> str:
    """A Markdown table in percent, one column for each class that was normal."""
    from statistics import fmean

    from aecore.evaluation.anomaly.one_class import mean_over_classes

    classes = sorted({result.normal for result in results})
    header = ["score", *(config.dataset.class_names[label] for label in classes), "mean"]
    rows = []
    for name, title in _methods(results).items():
        cells = [fmean(getattr(r, quantity)[name] for r in results if r.normal == label) for label in classes]
        mean = mean_over_classes(results, name, quantity)
        total = f"{100 * mean.mean:.2f}" + (f" ± {100 * mean.std:.2f}" if mean.std else "")
        rows.append([title, *(f"{100 * cell:.1f}" for cell in cells), total])
    if config.dataset.shows_digits and len(classes) == 10 and quantity == "auroc":
        rows += [[f"{name} ({source})", *[""] * 10, f"{mean}"] for name, mean, source in _PUBLISHED]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _as_json(config: RunConfig, results: Sequence[OneClassResult]) -> dict[str, Any]:
    from aecore.evaluation.anomaly.one_class import mean_over_classes

    names = list(_methods(results))
    return {
        "dataset": config.dataset.kind,
        "mean_auroc": {name: mean_over_classes(results, name).mean for name in names},
        "mean_average_precision": {name: mean_over_classes(results, name, "average_precision").mean for name in names},
        "models": [asdict(result) for result in results],
    }


COMMANDS = (
    Command(
        "anomaly",
        "take each class for normal, and detect the others as anomalous",
        _run,
        _arguments,
    ),
)
