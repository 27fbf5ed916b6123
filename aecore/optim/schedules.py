"""Schedules: how the learning rate changes, as pure functions of the moment and of the validation losses so far.

So a run that was stopped continues exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from aecore.options.registry import Option


class Schedule(Option):
    """What the learning rate is multiplied by as training goes on."""

    #: Whether it goes by validation losses, so that images must be held back.
    needs_validation: ClassVar[bool] = False

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        """The multiplier, 0 to 1.

        Args:
            done: the share of all steps that is done, 0 to 1.
            epoch: the epoch that the next step belongs to, from 0.
            history: validation losses at the ends of the epochs so far, NaN where one was not computed.
        """
        raise NotImplementedError


class Constant(Schedule):
    """The same learning rate throughout."""

    kind: Literal["constant"] = "constant"
    title = "Constant"

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return 1.0


class Cosine(Schedule):
    """Falls along half a cosine, slowly at both ends.

    Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, eq. 5 without restarts.
    """

    kind: Literal["cosine"] = "cosine"
    title = "Cosine"
    final_factor: float = Field(
        0.01, ge=0, le=1, title="Final factor", description="Share of the rate left at the end."
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return _along_cosine(1.0, self.final_factor, done)


class StepDecay(Schedule):
    """Multiplied by a factor every few epochs."""

    kind: Literal["step"] = "step"
    title = "Step decay"
    step_size: int = Field(10, ge=1, title="Every so many epochs", description="Epochs between two drops.")
    gamma: float = Field(0.5, gt=0, le=1, title="Drop factor", description="What each drop multiplies by.")

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return self.gamma ** (epoch // self.step_size)


class OneCycle(Schedule):
    """Rises from a small rate to the learning rate and falls to nearly nothing: allows a larger rate than others.

    Smith and Topin, Super-convergence: very fast training of neural networks using large learning rates, 2018; along
    cosines as in fastai and PyTorch, and without the paper's cycle of the momentum.
    """

    kind: Literal["one-cycle"] = "one-cycle"
    title = "One cycle"
    warmup_fraction: float = Field(
        0.3, gt=0, lt=1, title="Rise", description="Share of the training until the rate is at its peak."
    )
    initial_factor: float = Field(
        0.04,
        ge=0,
        le=1,
        title="First factor",
        description="Share of the rate at the beginning.",
        json_schema_extra={"step": 0.01},
    )
    final_factor: float = Field(
        1e-4,
        ge=0,
        le=1,
        title="Final factor",
        description="Share of the rate left at the end.",
        json_schema_extra={"step": 0.01},
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        if done < self.warmup_fraction:
            return _along_cosine(self.initial_factor, 1.0, done / self.warmup_fraction)
        return _along_cosine(1.0, self.final_factor, (done - self.warmup_fraction) / (1 - self.warmup_fraction))


class Plateau(Schedule):
    """Multiplied by a factor whenever the validation loss has stopped falling.

    As torch.optim.lr_scheduler.ReduceLROnPlateau (mode "min", threshold "rel"); He et al., Deep residual learning for
    image recognition, CVPR 2016, section 3.4, divide the rate so.
    """

    kind: Literal["plateau"] = "plateau"
    title = "On a plateau"
    needs_validation = True

    gamma: float = Field(0.5, gt=0, le=1, title="Drop factor", description="What each drop multiplies by.")
    patience: int = Field(
        3,
        ge=0,
        title="Patience, epochs",
        description="So many epochs in a row may bring no improvement; one more drops it.",
    )
    threshold: float = Field(
        1e-4,
        ge=0,
        lt=1,
        title="Least improvement",
        description="An epoch counts as better if its validation loss is lower by more than this share.",
        json_schema_extra={"step": 1e-4},
    )
    cooldown: int = Field(0, ge=0, title="Pause, epochs", description="Epochs after a drop that are not counted.")

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        lowest, waited, pause, drops = math.inf, 0, 0, 0
        for loss in history:
            if math.isnan(loss):
                continue  # not computed: it tells nothing
            better = loss < lowest * (1 - self.threshold)
            lowest = loss if better else lowest
            waited = 0 if better or pause else waited + 1
            pause = max(0, pause - 1)
            if waited > self.patience:
                drops, waited, pause = drops + 1, 0, self.cooldown
        return self.gamma**drops


def _along_cosine(first: float, last: float, done: float) -> float:
    """From one value to another along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
