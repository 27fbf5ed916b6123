"""A training in the shell: its progress bar, Ctrl-C, and its results."""

from __future__ import annotations

import signal
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from tqdm import tqdm

from aecore.config.run_config import RunConfig
from aecore.data import Dataset
from aecore.errors import DataUnavailable
from aecore.optim.length import steps_per_epoch
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.training.diagnostics import diagnose
from aecore.training.train import Progress
from aecore.utils.process import keep_freed_memory
from aecore.utils.settings import settings
from aecore.utils.strict_json import to_json


def require_data(dataset: Dataset) -> None:
    """Raise DataUnavailable, with the command that makes the data available, if it is not on this machine."""
    if not dataset.available():
        raise DataUnavailable(f"{dataset.unavailable_message()} (`python -m aecore {dataset.fetch_command()}`)")


def use_all_cores() -> None:
    """Configure this process to train."""
    keep_freed_memory()
    torch.set_num_threads(settings().threads)


def train_run(run: Run, title: str, as_json: bool) -> int:
    """Train a stored run to its end, print its results, and return the exit code."""
    config = run.config()
    with (
        at_first_interrupt(run.request_stop),  # writes a checkpoint
        tqdm(total=None, unit=f" {config.dataset.unit}s", unit_scale=True, file=sys.stderr, desc=title) as bar,
    ):
        state = run_training(run, callback=_ProgressBar(bar, config))
    if state.status == "failed" or run.results("scores") is None:
        print(f"aecore: {state.reason or f'The run {run.id} is {state.status}.'}", file=sys.stderr)
        return 130 if state.status == "stopped" else 1
    results = _results(run, config)
    if as_json:
        print(to_json(results))
    else:
        mse, pca = f"{results['test_mse']:.5f}", f"{results['pca_mse']:.5f}"
        print(f"Run {run.id}: {state.status}. Test MSE {mse}; PCA with {results['components']} components {pca}.")
        for sentence in diagnose(config, run.metrics(), run.latest_reconstructions()):
            print(sentence)
    return 130 if state.status == "stopped" else 0


@contextmanager
def at_first_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Inside the `with` block, the first Ctrl-C calls `stop`; the second one terminates the process."""

    def handle(*_: object) -> None:
        stop()
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


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
        self.images = config.dataset.training_images

    def __call__(self, progress: Progress) -> None:
        if self.bar.total is None:
            self.bar.reset(total=self._images_after(progress.steps))
        self.bar.update(self._images_after(progress.step) - self.bar.n)
        if progress.validation:
            self.bar.set_postfix(epoch=f"{progress.epoch:.3g}", validation=f"{progress.validation['loss']:.2f}")

    def _images_after(self, step: int) -> int:
        epochs, steps = divmod(step, steps_per_epoch(self.images, self.batch))
        return epochs * self.images + steps * self.batch
