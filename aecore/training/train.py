"""train(config, data): an iterator of progress. It knows nothing of threads, disks or screens.

Whoever iterates decides what to do with the records; stopping is ceasing to iterate. All randomness follows from the
seed and the position alone (order from the epoch, noise and dropout from the step), so a run that continues from a
checkpoint gives the numbers of one that was never interrupted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.errors import Diverged
from aecore.models.autoencoder import Autoencoder
from aecore.training.trainer import CURE, Checkpoint, Snapshot, Trainer

MOST_SNAPSHOTS_AT_EPOCHS = 60

__all__ = ["Checkpoint", "Diverged", "Progress", "Snapshot", "train"]


@dataclass(frozen=True)
class Progress:
    """One step of training. Losses are means over the pictures, in nats (BCE) or squared error (MSE) per picture."""

    step: int  # steps done
    steps: int  # steps in all
    epoch: float  # epochs done
    losses: dict[str, float]  # of this step: "loss" and its parts, penalties unweighted, and metrics beside them
    learning_rate: float
    images_per_second: float  # training alone, without evaluation
    validation: dict[str, float] | None  # the same on the validation images, at the end of an epoch, fully weighted
    ends_epoch: bool
    ended: str  # why the training ends here before its last step, or with other weights; empty otherwise
    milestone: bool  # the end of an epoch, or a log-spaced step: a moment worth a snapshot
    _trainer: Trainer = field(repr=False, compare=False)

    def snapshot(self) -> Snapshot:
        """Reconstructions and codes as of now; call it before asking for the next record."""
        return self._trainer.snapshot(self.step)

    def preview(self) -> Tensor:
        """The reconstructions of the ten test pictures alone, (10, *input_shape), as of now; pictures as uint8."""
        return self._trainer.reconstruct_examples()

    def checkpoint(self) -> Checkpoint:
        """Copies of the weights and the optimizer's state as of now. Raises Diverged if a weight is not a number."""
        return self._trainer.checkpoint(self.step)

    def losses_on(self, images: Tensor, seed: int = 0) -> dict[str, float]:
        """The losses on other images (N, *input_shape), stochastic codes drawn by `seed`."""
        return self._trainer.losses_on(images, seed=seed) or {}

    @property
    def model(self) -> Autoencoder:
        """The model in training."""
        return self._trainer.model


def train(
    config: RunConfig, data: Data, resume: Checkpoint | None = None, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Progress]:
    """Train a model, one record a step.

    Args:
        config: what to train; its dataset is not loaded, `data` is used.
        data: the pictures, or whatever else has the config's input shape.
        resume: where to go on; the config may have another learning rate or more epochs than the one it came from.
        should_stop: asked now and then during a validation; True ends it at once, without its result.

    Raises:
        Diverged: the loss is not a number any more.
        ValueError: the checkpoint does not fit the config's model.
    """
    loop = Trainer(config, data)
    start = loop.restore(resume) if resume else 0
    per_epoch = loop.steps_per_epoch
    steps = per_epoch * config.training.epochs
    clock = _Clock()
    for step in range(start, steps):
        rate = loop.rate(step, steps)
        losses, seen = loop.step(step, rate)
        if not math.isfinite(losses["loss"]):
            raise Diverged(f"The loss is no longer a number at step {step + 1:,} (learning rate {rate:g}). {CURE}")
        clock.count(seen)
        done = step + 1
        ends_epoch = done % per_epoch == 0
        validation, ended = None, ""
        if ends_epoch:
            with clock.paused():
                validation = loop.end_epoch(done // per_epoch, should_stop)
                best, ended = _end(loop, done, steps)
                validation = loop.validate() if best else validation  # of the weights that are kept
        yielded_at = time.perf_counter()
        yield Progress(
            done, steps, done / per_epoch, losses, rate, clock.images_per_second, validation, ends_epoch, ended,
            bool(ended) or _is_milestone(done, per_epoch, config.training.epochs), loop,
        )  # fmt: skip
        if ended:
            return
        clock.skip(time.perf_counter() - yielded_at)


def _end(loop: Trainer, done: int, steps: int) -> tuple[int | None, str]:
    """At the end of an epoch: end the training if its time has come; the epoch gone back to, and why, for a person."""
    early = loop.is_over() and done < steps
    if not early and done < steps:
        return None, ""
    best = loop.back_to_best()
    told = f"Stopped early after epoch {done // loop.steps_per_epoch}: validation got no better. " if early else ""
    kept = f"The weights are those of epoch {best}, the best on validation." if best else ""
    return best, (told + kept).strip()


def _is_milestone(done: int, per_epoch: int, epochs: int) -> bool:
    """Log-spaced steps (1, 2, 4, 8 ...), and ends of epochs, thinned out in long runs."""
    epoch, within = divmod(done, per_epoch)
    ends_kept_epoch = within == 0 and (epoch % math.ceil(epochs / MOST_SNAPSHOTS_AT_EPOCHS) == 0 or epoch == epochs)
    return ends_kept_epoch or done & (done - 1) == 0


class _Clock:
    """Pictures per second of recent training, without the time in which the training waits."""

    WINDOW = 0.5  # seconds

    def __init__(self) -> None:
        self._start, self._images, self.images_per_second = time.perf_counter(), 0, 0.0

    def count(self, images: int) -> None:
        self._images += images
        elapsed = time.perf_counter() - self._start
        if elapsed >= self.WINDOW or not self.images_per_second:
            self.images_per_second = self._images / elapsed
        if elapsed >= self.WINDOW:
            self._start, self._images = time.perf_counter(), 0

    def skip(self, seconds: float) -> None:
        self._start += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.skip(time.perf_counter() - began)
