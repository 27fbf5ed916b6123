"""Trainer: the model, the optimizer and the images of one training, advanced step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.inputs import require
from aecore.data.pixels import batches, to_float, to_stored
from aecore.errors import SMALLER_RATE, Diverged, IncompatibleSettings, InvalidInput
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import corrupted
from aecore.optim.length import steps_per_epoch
from aecore.training.divergence import StepLosses, check_losses
from aecore.training.init import initial_model
from aecore.training.loss import Loss
from aecore.training.seeding import mix_seeds, seeded
from aecore.training.updates import Updates

CODES_PER_SNAPSHOT = 1000
NUMBERS_PER_SNAPSHOT = 2**17  # large codes are stored for fewer images

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """The complete state of a training, from which it continues exactly."""

    step: int
    model: Weights
    optimizer: dict[str, Tensor]  # "<parameter index>.<name>"
    history: tuple[float, ...] = ()  # validation loss of each epoch; NaN if it was not computed
    patience_from: int = 0  # epochs done when training last ended; early stopping counts from there
    best: Weights = field(default_factory=dict)  # weights of the best epoch, if the config restores them
    steps_per_epoch: int | None = None  # None: of a version that did not store it
    optimizer_kind: str | None = None  # the same


@dataclass(frozen=True)
class Snapshot:
    """The model's reconstructions and codes of fixed test images at one step."""

    step: int
    reconstructions: Tensor  # (10, *input_shape) of `data.examples()`; images as uint8
    codes: Tensor  # (up to 1000, *latent_shape) float16, of the first test images


def example_inputs(config: RunConfig, data: Data) -> Tensor:
    """Return the ten test images that snapshots reconstruct, corrupted as the config says: (10, *input_shape)."""
    images = data.test.images[data.examples()]
    return next(noisy for _, noisy in corrupted(images, config.corruption))


class Trainer:
    """The state of one training.

    Args:
        config: the settings of the run.
        data: the images.
        device: where to train.

    Raises:
        InvalidInput: the data do not fit the config.
        IncompatibleSettings: the settings do not fit the number of examples.
    """

    def __init__(self, config: RunConfig, data: Data, device: torch.device) -> None:
        self.config, self.device = config, device
        require(config, RunConfig, "config", 'such as `recipe("vae").config()`')
        require(data, Data, "data", "three splits, such as `config.dataset.load()`")
        data = data.checked(config.dataset.input_shape)
        config.check_counts(len(data.training), len(data.validation))
        self.model = initial_model(config, data.training.images).to(self.device)
        self.loss = Loss(config, self.model, self.device)
        self.images = data.training.images.to(self.device)
        self.validation_images = data.validation.images.to(self.device)
        self.examples = example_inputs(config, data).to(self.device)
        count = max(10, min(CODES_PER_SNAPSHOT, NUMBERS_PER_SNAPSHOT // config.latent_size))
        self.snapshot_images = to_float(data.test.images[:count]).to(self.device)
        self.steps_per_epoch = steps_per_epoch(len(self.images), config.training.batch_size)
        self.updates = Updates(config.training, self.model.parameters(), self.device)
        self.history: list[float] = []
        self.patience_from = 0
        self.best: Weights = {}
        self._order = (-1, torch.empty(0))
        self._steps_done = 0
        self._handed_out = False

    def hand_out(self) -> Autoencoder:
        """Return the model for use outside: from now on, it is in evaluation mode between all steps.

        In training mode, a look at the model would change it: a codebook and running means follow their inputs.
        """
        self._handed_out = True
        return self.model.eval()

    # -- training steps

    def learning_rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step out of `steps`."""
        settings = self.config.training
        return settings.schedule.learning_rate(
            settings.learning_rate, step, steps, self.steps_per_epoch, self.history, settings.warmup
        )

    def step(self, step: int, learning_rate: float) -> StepLosses:
        """Take one optimizer step. Return the losses before it."""
        self.updates.learning_rate = learning_rate
        x = to_float(self.images.index_select(0, self._indices(step)))
        if not self.model.training:
            self.model.train()
        try:
            self.updates.zero_grad()
            with seeded(self.config.training.seed, step + 1, self.device):
                losses = self.loss(x, None, step / self.steps_per_epoch)
            losses["loss"].backward()  # type: ignore[no-untyped-call]
            self.updates.step()
        finally:
            if self._handed_out:
                self.model.eval()
        self._steps_done = step + 1
        tensors = {name: value.detach() for name, value in losses.items()}
        return StepLosses(tensors, len(x), step + 1, learning_rate, self.images)

    def evaluate(
        self, images: Tensor, should_stop: Callable[[], bool] = lambda: False, seed: int = 0, name: str = "loss"
    ) -> dict[str, float] | None:
        """Return the mean losses on images (N, *input_shape); None if cancelled by `should_stop`.

        `seed` determines noise and stochastic codes; `name` is what an error calls the loss.

        Raises:
            Diverged: a loss is not finite.
        """
        self.model.eval()
        generator = torch.Generator(self.device).manual_seed(seed)
        sums: dict[str, float] = {}
        with torch.set_grad_enabled(self.loss.needs_gradients):
            for x in batches(images.to(self.device)):
                if should_stop():
                    return None
                for term, value in self.loss(x, generator).items():
                    sums[term] = sums.get(term, 0.0) + value.item() * len(x)
        means = {term: value / len(images) for term, value in sums.items()}
        learning_rate = self.updates.learning_rate
        check_losses(means, name, f"after step {self._steps_done:,}", learning_rate, self.images)
        return means

    # -- ends of epochs

    def end_epoch(self, epoch: int, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """Validate after `epoch` epochs, and record the loss for the schedule and the stopping rule.

        Returns None without validation images, or if cancelled by `should_stop`.
        """
        validation = self.validate(should_stop)
        if validation is None and len(self.validation_images):
            return None  # cancelled: `restore` repeats it
        self.history += [math.nan] * (epoch - 1 - len(self.history))
        self.history.append(validation["loss"] if validation else math.nan)
        stopping = self.config.training.stopping
        if stopping.restores_best and stopping.best(self._current_history) == len(self._current_history) - 1:
            self.best = self._weights()
        return validation

    def validate(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """Return the losses on the validation images; None without such images, or if cancelled by `should_stop`."""
        if not len(self.validation_images):
            return None
        return self.evaluate(self.validation_images, should_stop, name="validation loss")

    def stops_early(self) -> bool:
        """Return whether the stopping rule ends the training after the current epoch."""
        return self.config.training.stopping.should_stop(self._current_history)

    def restore_best(self, last_loss: float) -> int | None:
        """At the end of training, restore the best epoch's weights if the config asks for it; return that epoch.

        Returns None if nothing was restored: also if `last_loss`, the validation loss of the current weights, is lower
        than that of every epoch. If the training is resumed later, early stopping counts from here.
        """
        history = self._current_history
        best = self.config.training.stopping.best(history) if self.best else None
        if best is not None and last_loss < history[best]:  # only where training ends within an epoch
            best = None
        if best is not None:
            self.model.load_state_dict(self.best)
            best += self.patience_from + 1
        self.best, self.patience_from = {}, len(self.history)
        return best

    @property
    def _current_history(self) -> list[float]:
        return self.history[self.patience_from :]

    # -- reconstructions and codes

    def reconstruct_examples(self) -> Tensor:
        """Return the reconstructions of the ten example inputs: (10, *input_shape), images as uint8."""
        return to_stored(self.model.reconstruct(self.examples), self.config.has_images).cpu()

    def snapshot(self, step: int) -> Snapshot:
        """Return the reconstructions and codes of the current step. Raises InvalidInput for another one."""
        self._require_current(step)
        reconstructions = self.reconstruct_examples()
        return Snapshot(step, reconstructions, self.model.encode(self.snapshot_images).to("cpu", torch.float16))

    # -- checkpoints

    def check_weights(self, step: int) -> None:
        """Raise `Diverged` if a weight is not finite."""
        if not all(bool(value.isfinite().all()) for value in self.model.state_dict().values()):
            raise Diverged(f"The weights are not finite after step {step:,}. {SMALLER_RATE}")

    def checkpoint(self, step: int) -> Checkpoint:
        """Return copies of the complete state.

        Raises:
            Diverged: a weight is not finite.
            InvalidInput: it is not the current step.
        """
        self._require_current(step)
        self.check_weights(step)
        weights = self._weights()
        return Checkpoint(
            step, weights, self.updates.state(), tuple(self.history), self.patience_from, self.best,
            self.steps_per_epoch, self.config.training.optimizer.kind,
        )  # fmt: skip

    def restore(self, checkpoint: Checkpoint) -> int:
        """Restore a checkpoint and return the number of steps done.

        Raises:
            IncompatibleSettings: it does not fit the model, or its epochs have another number of steps.
        """
        if checkpoint.steps_per_epoch not in (None, self.steps_per_epoch):
            raise IncompatibleSettings(
                f"The checkpoint of step {checkpoint.step:,} has epochs of {checkpoint.steps_per_epoch:,} steps, and "
                f"{len(self.images):,} images in batches of {self.config.training.batch_size:,} give epochs of "
                f"{self.steps_per_epoch:,}; resume with the batch size and the training images of its run.",
                "training", "batch_size",
            )  # fmt: skip
        try:
            self.model.load_state_dict(checkpoint.model)
        except RuntimeError as error:
            raise IncompatibleSettings(
                f"The checkpoint of step {checkpoint.step:,} does not match this model; resume with the network and "
                "bottleneck of its run."
            ) from error
        self.history, self.patience_from = list(checkpoint.history), checkpoint.patience_from
        if self.config.training.stopping.restores_best:  # or else later bests are not stored, and these not the best
            self.best = checkpoint.best
        if checkpoint.optimizer_kind in (None, self.config.training.optimizer.kind):
            self.updates.restore(checkpoint.optimizer)
        self._steps_done = checkpoint.step
        epoch, within = divmod(checkpoint.step, self.steps_per_epoch)
        if epoch > len(self.history) and not within:
            self.end_epoch(epoch)  # the validation of this epoch was cancelled
        return checkpoint.step

    def _require_current(self, step: int) -> None:
        if step != self._steps_done:
            raise InvalidInput(
                f"This is the record of step {step:,}, and the training is at step {self._steps_done:,}; take a "
                "snapshot or a checkpoint before you request the next record."
            )

    def _weights(self) -> Weights:
        return {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}

    def _indices(self, step: int) -> Tensor:
        epoch, position = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(mix_seeds(self.config.training.seed, -1 - epoch))
            self._order = (epoch, torch.randperm(len(self.images), generator=generator).to(self.device))
        size = self.config.training.batch_size
        return self._order[1][position * size : (position + 1) * size]
