"""train(config, data): a generator of training progress, independent of threads, files and screens.

The caller decides what to do with each record, and stops training by ending the iteration. All randomness is a function
of the seed and the position (the order of the images depends on the epoch, noise and dropout on the step), so a run
resumed from a checkpoint gives the same numbers as an uninterrupted one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.inputs import Values, as_examples, require_some
from aecore.errors import Diverged, IncompatibleSettings
from aecore.models.autoencoder import Autoencoder
from aecore.training.device import default_device, usable_device
from aecore.training.divergence import StepLosses
from aecore.training.trainer import Checkpoint, Snapshot, Trainer
from aecore.utils.process import freed_memory_kept

MAX_EPOCH_SNAPSHOTS = 60

__all__ = ["Checkpoint", "Diverged", "Progress", "Snapshot", "train"]


@dataclass(frozen=True)
class Progress:
    """The record of one training step. Losses are means per image, in nats (BCE) or squared error (MSE)."""

    step: int  # steps done
    steps: int  # steps in total
    epoch: float  # epochs done
    learning_rate: float
    images_per_second: float  # of training alone, without validation
    # The same on the validation images, with full penalty weights: after each epoch, and after the last step.
    validation: dict[str, float] | None
    ends_epoch: bool  # whether this step is the last of an epoch
    ended: str  # why training stops before its last step, or which epoch's weights it restored; otherwise empty
    milestone: bool  # the end of an epoch, the last or a log-spaced step, at which a snapshot is worth storing
    _losses: StepLosses = field(repr=False, compare=False)
    _trainer: Trainer = field(repr=False, compare=False)

    @property
    def losses(self) -> dict[str, float]:
        """The losses of this step: "loss", its terms (penalties unweighted) and metrics.

        On an accelerator, the first access waits for it.

        Raises:
            Diverged: a loss is not finite.
        """
        return self._losses.values

    def snapshot(self) -> Snapshot:
        """Return the current reconstructions and codes.

        Raises:
            InvalidInput: the next record was requested.
        """
        return self._trainer.snapshot(self.step)

    def preview(self) -> Tensor:
        """Return the current reconstructions of the ten example inputs, (10, *input_shape); images as uint8."""
        return self._trainer.reconstruct_examples()

    def checkpoint(self) -> Checkpoint:
        """Return copies of the current weights and optimizer state.

        Raises:
            Diverged: a weight is not finite.
            InvalidInput: the next record was requested.
        """
        return self._trainer.checkpoint(self.step)

    def evaluate(self, images: Values, seed: int = 0) -> dict[str, float]:
        """Return the losses on images (N, *input_shape); `seed` determines noise and stochastic codes.

        Raises:
            Diverged: a loss is not finite.
            InvalidInput: there are no images, or they have another shape or range, or are not finite.
        """
        examples = as_examples(images, self._trainer.model.input_shape)
        require_some(examples)
        return self._trainer.evaluate(examples, seed=seed) or {}

    @property
    def model(self) -> Autoencoder:
        """The model that is being trained, in evaluation mode between all steps: using it does not change it."""
        return self._trainer.hand_out()


@torch.inference_mode(False)  # the caller's modes do not reach into a step
@torch.enable_grad()
def train(
    config: RunConfig,
    data: Data,
    resume: Checkpoint | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    device: torch.device | str | None = None,
) -> Iterator[Progress]:
    """Train a model and yield one record per step.

    Args:
        config: the settings of the run. Its dataset is not loaded; `data` is used.
        data: the images, or other data with the config's input shape, on any device.
        resume: the checkpoint to continue from. The config may have another learning rate or length than before; a
            schedule continues as in a training that had the new length from the start. The state of another optimizer
            starts anew. After the checkpoint of the last step, there is nothing to yield.
        should_stop: called between the batches of a validation; True cancels the validation, whose result is then None.
        device: where to train; by default, the fastest device of this machine.

    Yields:
        The progress after each step.

    Raises:
        Diverged: a loss or, after an epoch or the last step, a weight is not finite.
        InvalidInput: the data have another shape or range than the config says, or are not finite, or there is no such
            device.
        IncompatibleSettings: the settings do not fit the number of examples; or the checkpoint belongs to another
            model, to epochs of another length or to a longer training.
    """
    trainer = Trainer(config, data, default_device() if device is None else usable_device(device))
    start = trainer.restore(resume) if resume else 0
    steps = config.training.length.total_steps(trainer.steps_per_epoch)
    if start > steps:
        length = config.training.length
        raise IncompatibleSettings(
            f"{start:,} steps are done, and {steps:,} steps are all of a training of {length.text}; choose a greater "
            "length.",
            "training", "length",
        )  # fmt: skip
    with freed_memory_kept():
        yield from _take_steps(trainer, start, steps, should_stop)


def _take_steps(trainer: Trainer, start: int, steps: int, should_stop: Callable[[], bool]) -> Iterator[Progress]:
    """Train from step `start` to step `steps`; see `train`."""
    steps_per_epoch = trainer.steps_per_epoch
    throughput = _Throughput()
    for step in range(start, steps):
        learning_rate = trainer.learning_rate(step, steps)
        losses = trainer.step(step, learning_rate)
        throughput.count(losses.images)
        done = step + 1
        ends_epoch = done % steps_per_epoch == 0
        if trainer.device.type == "cpu" or ends_epoch or done == steps:
            _ = losses.values  # raises Diverged; within an epoch, an accelerator is not waited for
        validation, ended = None, ""
        if ends_epoch or done == steps:
            trainer.check_weights(done)
            with throughput.paused():
                # Within an epoch, the loss is not part of the history: a resumed training must not depend on it.
                validation = (
                    trainer.end_epoch(done // steps_per_epoch, should_stop)
                    if ends_epoch
                    else trainer.validate(should_stop)
                )
                restored, ended = _end_training(trainer, done, steps, validation)
                if restored:
                    validation = trainer.validate()  # of the weights that the run ends with
        yielded_at = time.perf_counter()
        yield Progress(
            done, steps, done / steps_per_epoch, learning_rate, throughput.images_per_second, validation, ends_epoch,
            ended, bool(ended) or _is_milestone(done, steps, steps_per_epoch), losses, trainer,
        )  # fmt: skip
        if ended:
            return
        throughput.skip(time.perf_counter() - yielded_at)


def _end_training(
    trainer: Trainer, done: int, steps: int, validation: dict[str, float] | None
) -> tuple[int | None, str]:
    """After an epoch or the last step, end the training if it is due.

    Returns the epoch whose weights were restored, and an explanation; None and an empty text if the training goes on.
    """
    stopped_early = trainer.stops_early() and done < steps
    if not stopped_early and done < steps:
        return None, ""
    best = trainer.restore_best(validation["loss"] if validation else math.inf)
    sentences = []
    if stopped_early:
        epoch = done // trainer.steps_per_epoch
        sentences.append(f"Stopped early after epoch {epoch}: the validation loss no longer improved.")
    if best:
        sentences.append(f"Restored the weights of epoch {best}, which had the lowest validation loss.")
    return best, " ".join(sentences)


def _is_milestone(done: int, steps: int, steps_per_epoch: int) -> bool:
    """Return True at log-spaced steps (1, 2, 4, 8 ...), ends of epochs (fewer in long runs) and the last step."""
    epoch, remainder = divmod(done, steps_per_epoch)
    stride = math.ceil(steps / steps_per_epoch / MAX_EPOCH_SNAPSHOTS)
    return (remainder == 0 and epoch % stride == 0) or done == steps or done & (done - 1) == 0


class _Throughput:
    """Images per second of recent training, without the time in which training is paused."""

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
        paused_at = time.perf_counter()
        yield
        self.skip(time.perf_counter() - paused_at)
