"""Reproduction of published results: long trainings on full MNIST, compared with what papers and their code report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aecore.analysis.pca import PCA, fit_pca
from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Mnist
from aecore.data.pixels import to_float
from aecore.evaluation.scores import Scores, score_model, score_pca
from aecore.training.train import Progress, train
from aecore.utils.suggestions import did_you_mean

#: The published results use all 60,000 training images, so none are held out for validation.
DATASET = Mnist(validation=0)

#: Changes of `deep-hinton` that reach the paper's error in the least time on two processor cores.
HINTON_FAST = {
    "training.loss": "mse",
    "training.batch_size": 512,
    "training.learning_rate": 1e-2,
    "training.length.epochs": 14,
    "training.precision": "bfloat16",
}

Callback = Callable[[Progress], None]


@dataclass(frozen=True)
class Outcome:
    """The result of reproducing a target."""

    value: float
    holds: bool


@dataclass(frozen=True)
class Target:
    """A published result and how to reproduce it."""

    name: str
    quantity: str  # with its unit
    published: str
    source: str
    measure: Callable[[Data, Callback], Outcome]


@dataclass(frozen=True)
class Row:
    """A reproduced target."""

    target: Target
    outcome: Outcome
    seconds: float


def reproduce(names: Sequence[str] = (), callback: Callback = lambda progress: None) -> Iterator[Row]:
    """Reproduce the named targets, or all, yielding one row each.

    Args:
        names: from `TARGETS`; empty means all.
        callback: called after each training step.

    Raises:
        KeyError: a target does not exist; the message lists all targets.
        DataUnavailable: MNIST is not on this machine.
    """
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        mean = did_you_mean(unknown[0], TARGETS)
        raise KeyError(f"There is no target {unknown[0]!r}; possible values are {', '.join(TARGETS)}.{mean}")
    data = DATASET.load()
    for target in TARGETS.values():
        if not names or target.name in names:
            started = time.perf_counter()
            outcome = target.measure(data, callback)
            yield Row(target, outcome, time.perf_counter() - started)


def table(rows: Sequence[Row]) -> str:
    """Format rows as a Markdown table."""
    lines = ["| target | quantity | published | obtained | reproduced | time |", "|---|---|---|---|---|---|"]
    for row in rows:
        holds = "yes" if row.outcome.holds else "**no**"
        duration = f"{row.seconds:.0f} s" if row.seconds < 60 else f"{row.seconds / 60:.1f} min"
        lines.append(
            f"| `{row.target.name}` | {row.target.quantity} | {row.target.published} ({row.target.source}) | "
            f"{row.outcome.value:.5g} | {holds} | {duration} |"
        )
    return "\n".join(lines)


def _trained(config: RunConfig, data: Data, callback: Callback) -> Progress:
    for progress in train(config, data):
        callback(progress)
    return progress


def _scores(name: str, data: Data, callback: Callback, changes: Mapping[str, Any] | None = None) -> Scores:
    """Train a recipe, with changes, and return its test scores."""
    config = recipe(name).config(DATASET).changed(dict(changes or {}))
    return score_model(_trained(config, data, callback).model, data.test)


def _pca(data: Data) -> PCA:
    return fit_pca(to_float(data.training.images))


def _pca_30(data: Data, callback: Callback) -> Outcome:
    sse = score_pca(_pca(data), 30, data.test).sse
    return Outcome(sse, abs(sse - 13.87) < 0.02)


def _pca_like(data: Data, callback: Callback) -> Outcome:
    """The squared error of a linear autoencoder divided by that of PCA with the same number of components."""
    minimum = score_pca(_pca(data), recipe("pca-like").config(DATASET).latent_size, data.test).sse
    ratio = _scores("pca-like", data, callback).sse / minimum
    return Outcome(ratio, abs(ratio - 1) < 0.02)


def _vae(data: Data, callback: Callback) -> Outcome:
    """The test loss with sampled codes, as in the PyTorch example (batch size 128, Adam with learning rate 1e-3)."""
    changes = {
        "training.length.epochs": 7,
        "training.batch_size": 128,
        "training.learning_rate": 1e-3,
        "training.schedule.kind": "constant",
    }
    config = recipe("vae").config(DATASET).changed(changes)
    loss = _trained(config, data, callback).evaluate(data.test.images)["loss"]
    return Outcome(loss, abs(loss - 106.7) < 1.0)


def _at_most(
    name: str, metric: Literal["bce", "sse"], bound: float, changes: Mapping[str, Any] | None = None
) -> Callable[[Data, Callback], Outcome]:
    """A test score of a recipe with changes, compared with a published one."""

    def measure(data: Data, callback: Callback) -> Outcome:
        value = getattr(_scores(name, data, callback, changes), metric)
        return Outcome(value, value <= bound)

    return measure


_HINTON = "Hinton and Salakhutdinov 2006"

#: The targets by name.
TARGETS = {
    target.name: target
    for target in (
        Target("pca-30", "PCA with 30 components, test SSE per image", "13.87", _HINTON, _pca_30),
        Target("pca-like", "test SSE divided by PCA's, 30 components", "1", "Baldi and Hornik 1989", _pca_like),
        Target("vae", "VAE 784-400-20, 7 epochs, test loss, nats per image", "106.7", "PyTorch examples", _vae),
        Target("deep-dense", "784-128-64-32-10, 50 epochs, test BCE, nats per pixel", "at most 0.1218", "Keras",
               _at_most("deep-dense", "bce", 0.1218)),
        Target("deep-hinton", "784-1000-500-250-30, test SSE per image", "3.00", _HINTON,
               _at_most("deep-hinton", "sse", 3.0)),
        Target("deep-dense-fast", "784-128-64-32-10, 1 epoch with Muon, test BCE, nats per pixel", "at most 0.1218",
               "Keras, 50 epochs", _at_most("deep-dense-fast", "bce", 0.1218)),
        Target("quick-start", "784-512-256-16, less than 1 epoch, test SSE per image", "at most 21.06",
               "PCA with 16 components", _at_most("quick-start", "sse", 21.06)),
        Target("deep-hinton-fast", "784-1000-500-250-30, 14 epochs with MSE, test SSE per image", "3.00",
               _HINTON, _at_most("deep-hinton", "sse", 3.0, HINTON_FAST)),
    )
}  # fmt: skip
