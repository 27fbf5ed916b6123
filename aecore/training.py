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

import torch
from torch import Tensor, nn

from aecore.analysis.metrics import cross_entropy, squared_error
from aecore.autoencoder import Autoencoder, Output
from aecore.config import RunConfig
from aecore.datasets import Data
from aecore.device import device_for, low_precision
from aecore.evaluation import batches, pixels

CODES_PER_SNAPSHOT = 1000
NUMBERS_PER_SNAPSHOT = 2**17  # a code of many numbers is kept for fewer pictures
MOST_SNAPSHOTS_AT_EPOCHS = 60
_CURE = "Try a learning rate ten times smaller."


class Diverged(Exception):
    """The loss is no longer a number; the message says at which step, and what helps."""


@dataclass(frozen=True)
class Checkpoint:
    """All that is needed to train on as if nothing had happened."""

    step: int
    model: dict[str, Tensor]
    optimiser: dict[str, Tensor]  # "<parameter index>.<name>"


@dataclass(frozen=True)
class Snapshot:
    """What the model makes of some fixed test pictures at one moment."""

    step: int
    reconstructions: Tensor  # (10, C, H, W) uint8, of `data.examples()`
    codes: Tensor  # (up to 1000, *latent_shape) float16, of the first test pictures


@dataclass(frozen=True)
class Progress:
    """One step of training. Losses are means over the pictures, in nats (BCE) or squared error (MSE) per picture."""

    step: int  # steps done
    steps: int  # steps in all
    epoch: float  # epochs done
    losses: dict[str, float]  # of this step: "loss" and its parts, penalties unweighted
    learning_rate: float
    images_per_second: float  # training alone, without evaluation
    validation: dict[str, float] | None  # the same losses on the validation images, at the end of an epoch
    milestone: bool  # the end of an epoch, or a log-spaced step: a moment worth a snapshot
    _loop: _Loop = field(repr=False, compare=False)

    def snapshot(self) -> Snapshot:
        """Reconstructions and codes as of now; call it before asking for the next record."""
        return self._loop.snapshot(self.step)

    def preview(self) -> Tensor:
        """The reconstructions of the ten test pictures alone, (10, C, H, W) uint8, as of now."""
        return self._loop.reconstruct_examples()

    def checkpoint(self) -> Checkpoint:
        """Copies of the weights and the optimiser's state as of now. Raises Diverged if a weight is not a number."""
        return self._loop.checkpoint(self.step)

    @property
    def model(self) -> Autoencoder:
        """The model in training."""
        return self._loop.model


def train(
    config: RunConfig, data: Data, resume: Checkpoint | None = None, hurry: Callable[[], bool] = lambda: False
) -> Iterator[Progress]:
    """Train a model, one record a step.

    Args:
        config: what to train; its dataset is not loaded, `data` is used.
        data: the pictures.
        resume: where to go on; the config may have another learning rate or more epochs than the one it came from.
        hurry: asked now and then during a validation; True ends it at once, without its result.

    Raises:
        Diverged: the loss is not a number any more.
        ValueError: the checkpoint does not fit the config's model.
    """
    loop = _Loop(config, data)
    start = loop.restore(resume) if resume else 0
    settings, per_epoch = config.training, loop.steps_per_epoch
    steps = per_epoch * settings.epochs
    clock = _Clock()
    for step in range(start, steps):
        rate = settings.learning_rate * settings.schedule.factor(step / steps, step // per_epoch)
        losses, seen = loop.step(step, rate)
        if not math.isfinite(losses["loss"]):
            raise Diverged(f"The loss is no longer a number at step {step + 1:,} (learning rate {rate:g}). {_CURE}")
        clock.count(seen)
        done = step + 1
        ends_epoch = done % per_epoch == 0
        validation = None
        if ends_epoch:
            with clock.paused():
                validation = loop.validate(hurry)
        yielded_at = time.perf_counter()
        yield Progress(
            done, steps, done / per_epoch, losses, rate, clock.images_per_second, validation,
            _is_milestone(done, per_epoch, settings.epochs), loop,
        )  # fmt: skip
        clock.skip(time.perf_counter() - yielded_at)


def _is_milestone(done: int, per_epoch: int, epochs: int) -> bool:
    """Log-spaced steps (1, 2, 4, 8 ...), and ends of epochs, thinned out in long runs."""
    epoch, within = divmod(done, per_epoch)
    ends_kept_epoch = within == 0 and (epoch % math.ceil(epochs / MOST_SNAPSHOTS_AT_EPOCHS) == 0 or epoch == epochs)
    return ends_kept_epoch or done & (done - 1) == 0


class _Loop:
    """Model, optimiser and pictures of one training."""

    def __init__(self, config: RunConfig, data: Data) -> None:
        self.config, self.device = config, device_for()
        with _seeded(config.training.seed, 0):
            self.model = Autoencoder(config)
        start_at_mean_picture(self.model, data.training.images)
        self.model.to(self.device)
        self.images = data.training.images.to(self.device)
        self.validation_images = data.validation.images.to(self.device)
        self.examples = pixels(data.test.images[data.examples()]).to(self.device)
        count = max(10, min(CODES_PER_SNAPSHOT, NUMBERS_PER_SNAPSHOT // config.latent_size))
        self.coded = pixels(data.test.images[:count]).to(self.device)
        self.steps_per_epoch = math.ceil(len(self.images) / config.training.batch_size)
        self.optimiser = torch.optim.Adam(
            self.model.parameters(),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=self.device.type in ("cpu", "cuda"),
        )
        self.low_precision = low_precision(config, self.device)
        self._order = (-1, torch.empty(0))

    def step(self, step: int, rate: float) -> tuple[dict[str, float], int]:
        """One step of the optimiser; the losses before it, and how many pictures it saw."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        x = pixels(self.images[self._indices(step)])
        self.model.train()
        self.optimiser.zero_grad(set_to_none=True)
        with _seeded(self.config.training.seed, step + 1):
            losses = self.losses(x, None)
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return {name: value.item() for name, value in losses.items()}, len(x)

    def losses(self, x: Tensor, generator: torch.Generator | None) -> dict[str, Tensor]:
        """The loss and its parts, means over the batch per picture."""
        if self.config.network.convolutional:
            x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.low_precision):
            output: Output = self.model(x, sample=True, generator=generator)
        logits = output.logits.float()
        if self.config.training.loss == "bce":
            reconstruction = cross_entropy(x, logits).mean()
        else:
            reconstruction = squared_error(x, logits.sigmoid()).mean()
        weights = self.model.penalty_weights
        total = reconstruction + sum(weights[name] * value for name, value in output.penalties.items())
        parts = {"reconstruction": reconstruction, **output.penalties} if output.penalties else {}
        return {"loss": total, **parts}

    @torch.inference_mode()
    def validate(self, hurry: Callable[[], bool]) -> dict[str, float] | None:
        """The losses on the validation images, with the same draws each time; None if it was hurried."""
        self.model.eval()
        generator = torch.Generator(self.device).manual_seed(0)
        sums: dict[str, float] = {}
        for x in batches(self.validation_images):
            if hurry():
                return None
            for name, value in self.losses(x, generator).items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(x)
        return {name: value / len(self.validation_images) for name, value in sums.items()}

    def reconstruct_examples(self) -> Tensor:
        self.model.eval()
        return (self.model.reconstruct(self.examples) * 255).round().to("cpu", torch.uint8)

    def snapshot(self, step: int) -> Snapshot:
        reconstructions = self.reconstruct_examples()
        return Snapshot(step, reconstructions, self.model.encode(self.coded).to("cpu", torch.float16))

    def checkpoint(self, step: int) -> Checkpoint:
        model = {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}
        if not all(bool(value.isfinite().all()) for value in model.values()):
            raise Diverged(f"The weights are no longer numbers after step {step:,}. {_CURE}")
        optimiser = {
            f"{index}.{name}": value.detach().cpu().clone()
            for index, state in self.optimiser.state_dict()["state"].items()
            for name, value in state.items()
            if isinstance(value, Tensor)
        }
        return Checkpoint(step, model, optimiser)

    def restore(self, checkpoint: Checkpoint) -> int:
        try:
            self.model.load_state_dict(checkpoint.model)
        except RuntimeError as error:
            raise ValueError(f"The checkpoint of step {checkpoint.step:,} does not fit this model.") from error
        state: dict[int, dict[str, Tensor]] = {}
        weights = list(self.model.parameters())
        for key, value in checkpoint.optimiser.items():
            index, name = key.split(".", 1)
            # The fused optimiser walks weights and moments side by side in memory: both need the same layout, and a
            # file keeps none (channels-last convolutions would get each other's moments).
            like = weights[int(index)]
            moment = torch.empty_like(like, device="cpu").copy_(value) if value.shape == like.shape else value
            state.setdefault(int(index), {})[name] = moment
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        return checkpoint.step

    def _indices(self, step: int) -> Tensor:
        epoch, position = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(_mixed(self.config.training.seed, -1 - epoch))
            self._order = (epoch, torch.randperm(len(self.images), generator=generator).to(self.device))
        size = self.config.training.batch_size
        return self._order[1][position * size : (position + 1) * size]


def start_at_mean_picture(model: Autoencoder, images: Tensor) -> None:
    """Set the bias of the layer that makes the picture so that the first answer is about the mean picture.

    Without it a convolutional model trained on squared error can stay all black: most of a digit's pixels are.
    """
    biases = [bias for m in model.decoder.modules() if isinstance(bias := getattr(m, "bias", None), nn.Parameter)]
    if not biases:
        return
    bias, mean = biases[-1], pixels(images).mean(dim=0)  # (C, H, W)
    target = mean.flatten() if bias.numel() == mean.numel() else mean.flatten(1).mean(dim=1)
    with torch.no_grad():
        bias.copy_(torch.logit(target, eps=0.01))


@contextmanager
def _seeded(seed: int, position: int) -> Iterator[None]:
    """Global random numbers inside are a function of seed and position; those outside are left as they were."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(_mixed(seed, position))
        yield


def _mixed(seed: int, position: int) -> int:
    """One seed out of two numbers, far apart for neighbours (the multiplier of SplitMix64)."""
    return (seed * 0x9E3779B97F4A7C15 + position * 0xBF58476D1CE4E5B9 + 1) % 2**63


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
