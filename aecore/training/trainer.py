"""The inside of one training: model, optimizer and pictures, one step at a time, and what is kept of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import batches, to_float, to_stored
from aecore.errors import Diverged
from aecore.objectives.corruptions import corrupted
from aecore.training.device import device_for
from aecore.training.init import init_weights
from aecore.training.loss import Loss

CODES_PER_SNAPSHOT = 1000
NUMBERS_PER_SNAPSHOT = 2**17  # a code of many numbers is kept for fewer pictures
CURE = "Try a learning rate ten times smaller."

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """All that is needed to train on as if nothing had happened."""

    step: int
    model: Weights
    optimizer: dict[str, Tensor]  # "<parameter index>.<name>"
    history: tuple[float, ...] = ()  # validation loss at the end of each epoch; NaN where there was none
    patience_from: int = 0  # the epoch from which patience is counted: the last end of the training
    best: Weights = field(default_factory=dict)  # the weights of the best epoch, where the config wants them back


@dataclass(frozen=True)
class Snapshot:
    """What the model makes of some fixed test pictures at one moment."""

    step: int
    reconstructions: Tensor  # (10, *input_shape) of `data.examples()`; pictures as uint8
    codes: Tensor  # (up to 1000, *latent_shape) float16, of the first test pictures


def example_inputs(config: RunConfig, data: Data) -> Tensor:
    """What the model is given of the ten test pictures that are watched: (10, *input_shape), noisy if it learns so."""
    images = data.test.images[data.examples()]
    return next(given for _, given in corrupted(images, config.corruption))


class Trainer:
    """Model, optimizer and pictures of one training."""

    def __init__(self, config: RunConfig, data: Data) -> None:
        self.config, self.device = config, device_for()
        with seeded(config.training.seed, 0):
            self.model = config.build_model()
            init_weights(self.model, config, data.training.images)
        self.model.to(self.device)
        self.objective = Loss(config, self.model, self.device)
        self.images = data.training.images.to(self.device)
        self.validation_images = data.validation.images.to(self.device)
        self.examples = example_inputs(config, data).to(self.device)
        count = max(10, min(CODES_PER_SNAPSHOT, NUMBERS_PER_SNAPSHOT // config.latent_size))
        self.coded = to_float(data.test.images[:count]).to(self.device)
        self.steps_per_epoch = math.ceil(len(self.images) / config.training.batch_size)
        settings = config.training
        self.optimizer = settings.optimizer.build(
            self.model.parameters(), settings.learning_rate, settings.weight_decay, self.device
        )
        self.history: list[float] = []
        self.patience_from = 0
        self.best: Weights = {}
        self._order = (-1, torch.empty(0))

    # -- learning

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step."""
        settings, epochs = self.config.training, step / self.steps_per_epoch
        factor = settings.schedule.factor(step / steps, int(epochs), self.history)
        rise = min(1.0, (epochs + 1 / self.steps_per_epoch) / settings.warmup) if settings.warmup else 1.0
        return settings.learning_rate * factor * rise

    def step(self, step: int, rate: float) -> tuple[dict[str, float], int]:
        """One step of the optimizer; the losses before it, and how many pictures it saw."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        x = to_float(self.images[self._indices(step)])
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        with seeded(self.config.training.seed, step + 1):
            losses = self.objective(x, None, step / self.steps_per_epoch)
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return {name: value.item() for name, value in losses.items()}, len(x)

    def losses_on(
        self, images: Tensor, should_stop: Callable[[], bool] = lambda: False, seed: int = 0
    ) -> dict[str, float] | None:
        """The losses on images (N, *input_shape), with the same draws for the same seed; None if it was hurried."""
        self.model.eval()
        generator = torch.Generator(self.device).manual_seed(seed)
        sums: dict[str, float] = {}
        with torch.set_grad_enabled(self.objective.needs_gradients):
            for x in batches(images.to(self.device)):
                if should_stop():
                    return None
                for name, value in self.objective(x, generator).items():
                    sums[name] = sums.get(name, 0.0) + value.item() * len(x)
        return {name: value / len(images) for name, value in sums.items()}

    # -- ends of epochs

    def end_epoch(self, epoch: int, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """Validate after `epoch` epochs, and note what the schedule and the stopping rule go by."""
        validation = self.validate(should_stop)
        if validation is None and len(self.validation_images):
            return None  # hurried: `restore` makes up for it
        self.history += [math.nan] * (epoch - 1 - len(self.history))
        self.history.append(validation["loss"] if validation else math.nan)
        stopping = self.config.training.stopping
        if stopping.restores_best and stopping.best(self._counted) == len(self._counted) - 1:
            self.best = self._weights()
        return validation

    def validate(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """The losses on the validation images; None without such images, or if it was hurried."""
        return self.losses_on(self.validation_images, should_stop) if len(self.validation_images) else None

    def is_over(self) -> bool:
        """Whether the stopping rule ends the training here."""
        return self.config.training.stopping.is_over(self._counted)

    def back_to_best(self) -> int | None:
        """At the end of the training: take the best epoch's weights back, and start counting anew; which epoch it was.

        None if nothing was taken back.
        """
        best = self.config.training.stopping.best(self._counted) if self.best else None
        if best is not None:
            self.model.load_state_dict(self.best)
            best += self.patience_from + 1
        self.best, self.patience_from = {}, len(self.history)
        return best

    @property
    def _counted(self) -> list[float]:
        return self.history[self.patience_from :]

    # -- looking

    @torch.inference_mode()
    def reconstruct_examples(self) -> Tensor:
        """What the model makes of the ten test pictures: (10, *input_shape), pictures as uint8."""
        self.model.eval()
        return to_stored(self.model.reconstruct(self.examples), self.config.pictures).cpu()

    def snapshot(self, step: int) -> Snapshot:
        """Reconstructions and codes as of now."""
        reconstructions = self.reconstruct_examples()
        return Snapshot(step, reconstructions, self.model.encode(self.coded).to("cpu", torch.float16))

    # -- keeping

    def checkpoint(self, step: int) -> Checkpoint:
        """Copies of all that changes. Raises Diverged if a weight is not a number."""
        model = self._weights()
        if not all(bool(value.isfinite().all()) for value in model.values()):
            raise Diverged(f"The weights are no longer numbers after step {step:,}. {CURE}")
        optimizer = {
            f"{index}.{name}": value.detach().cpu().clone()
            for index, state in self.optimizer.state_dict()["state"].items()
            for name, value in state.items()
            if isinstance(value, Tensor)
        }
        return Checkpoint(step, model, optimizer, tuple(self.history), self.patience_from, self.best)

    def restore(self, checkpoint: Checkpoint) -> int:
        """Go on from a checkpoint; the steps done. Raises ValueError if it does not fit."""
        try:
            self.model.load_state_dict(checkpoint.model)
        except RuntimeError as error:
            raise ValueError(f"The checkpoint of step {checkpoint.step:,} does not fit this model.") from error
        self.history, self.patience_from = list(checkpoint.history), checkpoint.patience_from
        self.best = checkpoint.best
        state: dict[int, dict[str, Tensor]] = {}
        weights = list(self.model.parameters())
        for key, value in checkpoint.optimizer.items():
            index, name = key.split(".", 1)
            # The fused optimizer walks weights and moments side by side in memory: both need the same layout, and a
            # file keeps none (channels-last convolutions would get each other's moments).
            like = weights[int(index)]
            moment = torch.empty_like(like, device="cpu").copy_(value) if value.shape == like.shape else value
            state.setdefault(int(index), {})[name] = moment
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        epoch, within = divmod(checkpoint.step, self.steps_per_epoch)
        if epoch > len(self.history) and not within:
            self.end_epoch(epoch)  # the training was stopped before this epoch was validated
        return checkpoint.step

    def _weights(self) -> Weights:
        return {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}

    def _indices(self, step: int) -> Tensor:
        epoch, position = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(_mixed(self.config.training.seed, -1 - epoch))
            self._order = (epoch, torch.randperm(len(self.images), generator=generator).to(self.device))
        size = self.config.training.batch_size
        return self._order[1][position * size : (position + 1) * size]


@contextmanager
def seeded(seed: int, position: int) -> Iterator[None]:
    """Global random numbers inside are a function of seed and position; those outside are left as they were."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(_mixed(seed, position))
        yield


def _mixed(seed: int, position: int) -> int:
    """One seed out of two numbers, far apart for neighbors (the multiplier of SplitMix64)."""
    return (seed * 0x9E3779B97F4A7C15 + position * 0xBF58476D1CE4E5B9 + 1) % 2**63
