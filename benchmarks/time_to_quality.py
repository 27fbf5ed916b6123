"""Seconds and epochs until a test error is reached, beside Keras, as Markdown: python -m benchmarks.time_to_quality

Keras trains the usual network as its tutorials do: by Adam at a constant rate, through `model.fit`. With
`--without-keras`, this package trains that instead. Both train on all training images and are evaluated on the test
images. The clock starts after the first step, in which Keras compiles, and stands while the model is evaluated. Each
side has a process of its own and all cores.

    pip install -c constraints.txt -e ".[bench]"
    python -m benchmarks.time_to_quality --targets bce-10
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.evaluation.scores import score_model
from aecore.runs.reproduce import HINTON_FAST
from aecore.training.train import train
from benchmarks.arguments import argument_parser, dataset_kind
from benchmarks.training_speed import load, machine, one_process, start_torch
from benchmarks.usual_keras import build, fit, pixels, require_keras, start_keras, versions


@dataclass(frozen=True)
class Settings:
    """A recipe with changes."""

    recipe: str
    changes: dict[str, Any]

    def config(self, dataset: str) -> RunConfig:
        """Return the settings of a run, with a dataset of this kind and without validation."""
        return recipe(self.recipe).changed({"dataset.kind": dataset, "dataset.validation": 0, **self.changes})

    def __str__(self) -> str:
        return " ".join([f"`{self.recipe}`", *(f"`{path}={value}`" for path, value in self.changes.items())])


@dataclass(frozen=True)
class Target:
    """A test error to reach, with our settings and the usual ones: their length is the time that they have."""

    name: str
    title: str
    metric: Literal["bce", "sse"]  # nats per pixel, squared error per image
    value: float
    ours: Settings
    usual: Settings


def _epochs(epochs: int) -> dict[str, Any]:
    return {"training.length.kind": "epochs", "training.length.epochs": epochs}


_PLAIN = {"network.activation": "relu", "training.learning_rate": 1e-3, "training.schedule.kind": "constant"}

TARGETS = (
    Target(
        "bce-10", "BCE 0.1218 nats per pixel, 10 dimensions", "bce", 0.1218,
        Settings("deep-dense-fast", {}),
        Settings("deep-dense", _epochs(80)),
    ),
    Target(
        "pca-16", "SSE 21.06, that of PCA, 16 dimensions", "sse", 21.06,
        Settings("quick-start", {}),
        Settings("quick-start", _epochs(10) | _PLAIN),
    ),
    Target(
        "sse-30", "SSE 3.00, 30 dimensions", "sse", 3.00,
        Settings("deep-hinton", HINTON_FAST),
        Settings("deep-hinton", _epochs(20) | _PLAIN | {"network.norm": "none", "training.batch_size": 256}),
    ),
)  # fmt: skip


class Watch:
    """Evaluates a model in training, with the clock stopped, until it reaches a target."""

    def __init__(self, target: Target, config: RunConfig) -> None:
        self.target, self.steps_per_epoch = target, config.steps_per_epoch
        self.steps = config.training.length.total_steps(config.steps_per_epoch)
        self.result = Result(0.0, 0.0, float("inf"), False)
        self._started = 0.0

    def after_step(self, step: int, evaluate: Callable[[], float]) -> bool:
        """Return whether the target is reached after so many steps; `evaluate` returns the test error."""
        now = time.perf_counter()
        if step == 1:
            self._started = now
        elif self._due(step):
            value = evaluate()
            self.result = Result(now - self._started, step / self.steps_per_epoch, value, value <= self.target.value)
            self._started += time.perf_counter() - now
        return self.result.reached

    def _due(self, step: int) -> bool:
        """Evaluate eight times in each of the first two epochs, then after each, and after the last step."""
        often = step < 2 * self.steps_per_epoch
        interval = max(1, self.steps_per_epoch // 8) if often else self.steps_per_epoch
        return step % self.steps_per_epoch % interval == 0 or step == self.steps


@dataclass(frozen=True)
class Result:
    """The last evaluation of a training."""

    seconds: float  # of training
    epochs: float
    value: float
    reached: bool

    def cells(self) -> str:
        """Return the cells of a table: seconds and epochs."""
        seconds, epochs = f"{self.seconds:,.1f}", f"{self.epochs:.3g}"
        return f"{seconds} | {epochs}" if self.reached else f"not in {seconds}: {self.value:.4g} | not in {epochs}"


def train_ours(target: Target, config: RunConfig) -> Result:
    """Train with this package until the target is reached."""
    data, watch = load(config.dataset), Watch(target, config)
    for progress in train(config, data):
        if watch.after_step(progress.step, lambda: getattr(score_model(progress.model, data.test), target.metric)):  # noqa: B023 - called at once
            break
    return watch.result


def train_keras(target: Target, config: RunConfig) -> Result:
    """Train with Keras until the target is reached."""
    data = load(config.dataset)
    x, test = pixels(config, data.training.images), pixels(config, data.test.images)
    model = build(config)

    def evaluate() -> float:
        output = model.predict(test, batch_size=1000, verbose=0)
        if target.metric == "sse":
            return float(np.square(test - output).sum(axis=1).mean())
        output = output.clip(1e-7, 1 - 1e-7)
        return float(-(test * np.log(output) + (1 - test) * np.log(1 - output)).mean())

    watch, steps = Watch(target, config), count(1)

    def after_batch(batch: int, logs: Any) -> None:
        model.stop_training = watch.after_step(next(steps), evaluate)

    fit(config, model, x, config.training.length.total, on_train_batch_end=after_batch)
    return watch.result


def row(target: Target, ours: Result, usual: Result) -> str:
    """Format the row of a target; where the usual training does not reach it, the ratio is a lower bound."""
    bound = "" if usual.reached else "over "
    ratio = f"{bound}{usual.seconds / ours.seconds:.1f}" if ours.reached else ""
    return f"| {target.title} | {ours.cells()} | {usual.cells()} | {ratio} |"


def main() -> None:
    parser = argument_parser("Measure the time until a test error is reached.")
    names = [target.name for target in TARGETS]
    parser.add_argument("--targets", nargs="+", choices=names, default=names, help="default: all")
    parser.add_argument(
        "--data", type=dataset_kind, default="mnist",
        help="dataset to train on (default: mnist, whose errors these are)",
    )  # fmt: skip
    parser.add_argument("--without-keras", action="store_true", help="train the usual network with this package")
    arguments = parser.parse_args()
    if not arguments.without_keras:
        require_keras()
    targets = [target for target in TARGETS if target.name in arguments.targets]
    other = "plain Adam" if arguments.without_keras else "Keras"
    print(f"| test error | seconds | epochs | {other}, seconds | epochs | ratio |\n" + "|---" * 6 + "|")
    with one_process(start_torch) as ours, one_process(start_keras) as keras:
        executor, side = (ours, train_ours) if arguments.without_keras else (keras, train_keras)
        for target in targets:
            result = ours.submit(train_ours, target, target.ours.config(arguments.data)).result()
            print(f"aecore: {target.title}: {result.cells()}", file=sys.stderr)  # the other side may take long
            usual = executor.submit(side, target, target.usual.config(arguments.data)).result()
            print(row(target, result, usual), flush=True)
        installed = {} if arguments.without_keras else keras.submit(versions).result()
    print(*(f"\n- {target.title}: {target.ours}; {other}: {target.usual}." for target in targets), sep="")
    print(f"\n{machine(**installed)}")


if __name__ == "__main__":
    main()
