"""What the comparisons of training speed have in common: our side, the alternation, the table.

Each side trains the same two networks on the same images, by Adam in batches of 256: `deep-dense`, and `convolutional`.
The sides alternate, and the table shows the medians. Neither validates. Each has a process of its own and all cores,
and waits while the other trains.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from statistics import median

import torch
from tqdm import tqdm

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.training.train import train
from aecore.utils.settings import cores
from benchmarks.arguments import argument_parser, count, dataset_kind, positive

WARM_UP = 5  # steps before the measurement
BATCH = 256
RECIPES = ("deep-dense", "convolutional")

#: Measures the images per second of a training with these settings.
Measure = Callable[[RunConfig], float]


def parse_arguments(description: str, dataset: str) -> argparse.Namespace:
    parser = argument_parser(description)
    parser.add_argument("--data", type=dataset_kind, default=dataset, help=f"dataset to train on (default: {dataset})")
    parser.add_argument("--rounds", type=count, default=3, help="number of times that each is measured")
    parser.add_argument("--seconds", type=positive, default=8, help="seconds of each measurement")
    return parser.parse_args()


def config_of(name: str, dataset: str) -> RunConfig:
    """Return the settings of a recipe, with a dataset of this kind and without validation."""
    return recipe(name).changed({"dataset.kind": dataset, "dataset.validation": 0})


@cache
def load(dataset: Dataset) -> Data:
    return dataset.load()


def this_package(config: RunConfig) -> Iterator[int]:
    """Train with `aecore`; yield the number of images of each step."""
    data, done = load(config.dataset), 0
    for progress in train(config.changed({"training.length.epochs": 10_000}), data):
        seen = round(progress.epoch * len(data.training))
        yield seen - done
        done = seen


def images_per_second(steps: Iterator[int], seconds: float) -> float:
    """Measure the speed of a loop that yields the number of images of each step."""
    for _ in range(WARM_UP):
        next(steps)
    started, images = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        images += next(steps)
    return images / (time.perf_counter() - started)


def measure_ours(config: RunConfig, seconds: float) -> float:
    """Return our images per second."""
    return images_per_second(this_package(config), seconds)


def one_process(start: Callable[[], None]) -> ProcessPoolExecutor:
    """Return an executor that runs everything in one process, which calls `start` first."""
    os.environ.pop("GOMP_SPINCOUNT", None)  # `import aecore` sets it for processes that share the cores
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=start)


def measured_in(process: ProcessPoolExecutor, measure: Callable[[RunConfig, float], float], seconds: float) -> Measure:
    """Return a measurement that runs in a process, for so many seconds."""
    return lambda config: process.submit(measure, config, seconds).result()


def start_torch() -> None:
    torch.set_num_threads(cores())


def compare(other: str, theirs: Measure, ours: Measure, dataset: str, rounds: int) -> str:
    """Measure both sides in turn and return a Markdown table; `other` is the name of theirs."""
    lines = [f"| recipe | {other}, images/s | aecore, images/s | ratio |", "|---|---|---|---|"]
    with tqdm(total=2 * len(RECIPES) * rounds, unit=" measurements") as bar:
        for name in RECIPES:
            config = config_of(name, dataset)
            speeds: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                for found, measure in zip(speeds, (theirs, ours), strict=True):
                    found.append(measure(config))
                    bar.update()
            their_speed, our_speed = map(median, speeds)
            lines.append(f"| `{name}` | {their_speed:,.0f} | {our_speed:,.0f} | {our_speed / their_speed:.2f} |")
    return "\n".join(lines)


def machine(**versions: str) -> str:
    """Describe this machine and the versions of what was measured."""
    found = {"Python": platform.python_version(), "torch": torch.__version__, **versions}
    parts = [*(f"{name} {version}" for name, version in found.items()), f"{cores()} cores", platform.machine()]
    return f"{', '.join(parts)}."
