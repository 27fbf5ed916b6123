"""Published numbers, obtained again: long trainings on all of MNIST, beside what papers and their code report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aecore.analysis.pca import PCA, fit_pca
from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Mnist
from aecore.data.pixels import pixels
from aecore.evaluation.scores import score_model, score_pca
from aecore.training.train import Progress, train

#: Everything is learned from all 60,000 training images, as the published numbers were.
ALL = Mnist(validation=0)

Callback = Callable[[Progress], None]


@dataclass(frozen=True)
class Outcome:
    """What a check obtained."""

    value: float
    holds: bool


@dataclass(frozen=True)
class Check:
    """One published number and how to obtain it again."""

    name: str
    what: str  # the number, with its unit
    published: str
    source: str
    obtain: Callable[[Data, Callback], Outcome]


@dataclass(frozen=True)
class Row:
    """A check that was carried out."""

    check: Check
    outcome: Outcome
    seconds: float


def reproduce(names: Sequence[str] = (), callback: Callback = lambda progress: None) -> Iterator[Row]:
    """Carry out the named checks, or all, one row each.

    Raises:
        KeyError: there is no check of that name; the message lists those there are.
        DataUnavailable: MNIST is not on this machine.
    """
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise KeyError(f"There is no check called {unknown[0]!r}; possible are {', '.join(CHECKS)}.")
    data = ALL.load()
    for check in CHECKS.values():
        if not names or check.name in names:
            began = time.perf_counter()
            outcome = check.obtain(data, callback)
            yield Row(check, outcome, time.perf_counter() - began)


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| check | number | published | obtained | holds | time |", "|---|---|---|---|---|---|"]
    for row in rows:
        told, minutes = ("yes" if row.outcome.holds else "**no**"), row.seconds / 60
        lines.append(
            f"| `{row.check.name}` | {row.check.what} | {row.check.published} ({row.check.source}) | "
            f"{row.outcome.value:.5g} | {told} | {minutes:.1f} min |"
        )
    return "\n".join(lines)


def _trained(config: RunConfig, data: Data, callback: Callback) -> Progress:
    for progress in train(config, data):
        callback(progress)
    return progress


def _pca(data: Data) -> PCA:
    return fit_pca(pixels(data.training.images))


def _pca_30(data: Data, callback: Callback) -> Outcome:
    sse = score_pca(_pca(data), 30, data.test).sse
    return Outcome(sse, abs(sse - 13.87) < 0.02)


def _pca_like(data: Data, callback: Callback) -> Outcome:
    """The squared error of the linear autoencoder as a share of PCA's, with as many numbers."""
    config = recipe("pca-like").config(ALL)
    best = score_pca(_pca(data), config.latent_size, data.test).sse
    ratio = score_model(_trained(config, data, callback).model, data.test).sse / best
    return Outcome(ratio, abs(ratio - 1) < 0.02)


def _vae(data: Data, callback: Callback) -> Outcome:
    """Loss with drawn codes, as the example computes it, batch 128 and Adam 1e-3."""
    config = recipe("vae").config(ALL).changed({"training.epochs": 7})
    loss = _trained(config, data, callback).evaluate(data.test.images)["loss"]
    return Outcome(loss, abs(loss - 106.7) < 1.0)


def _deep_dense(data: Data, callback: Callback) -> Outcome:
    bce = score_model(_trained(recipe("deep-dense").config(ALL), data, callback).model, data.test).bce
    assert bce is not None
    return Outcome(bce, bce <= 0.1218)


def _deep_hinton(data: Data, callback: Callback) -> Outcome:
    sse = score_model(_trained(recipe("deep-hinton").config(ALL), data, callback).model, data.test).sse
    return Outcome(sse, sse <= 3.0)


_ALL: tuple[tuple[Any, ...], ...] = (
    ("pca-30", "PCA with 30 components, test SSE per image", "13.87", "Hinton and Salakhutdinov 2006", _pca_30),
    ("pca-like", "test SSE over PCA's, 30 numbers", "1", "Baldi and Hornik 1989", _pca_like),
    ("vae", "VAE 784-400-20, 7 epochs, test loss, nats per image", "106.7", "PyTorch examples", _vae),
    ("deep-dense", "784-128-64-32-10, 50 epochs, test BCE, nats per pixel", "at most 0.1218", "Keras", _deep_dense),
    ("deep-hinton", "784-1000-500-250-30, test SSE per image", "3.00", "Hinton and Salakhutdinov 2006", _deep_hinton),
)  # fmt: skip

#: The checks by name, the quickest first.
CHECKS = {name: Check(name, *rest) for name, *rest in _ALL}
