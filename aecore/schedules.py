"""Schedules: how the learning rate changes, as pure functions of the moment: a stopped run continues exactly."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from aecore.choices import Choice


class Schedule(Choice):
    """What the learning rate is multiplied by as training goes on."""

    def factor(self, done: float, epoch: int) -> float:
        """The multiplier after the share `done` (0 to 1) of all steps, in the epoch `epoch` (from 0)."""
        raise NotImplementedError


class Constant(Schedule):
    """The same learning rate throughout."""

    kind: Literal["constant"] = "constant"
    title = "Constant"

    def factor(self, done: float, epoch: int) -> float:
        return 1.0


class Cosine(Schedule):
    """Falls along half a cosine, slowly at both ends.

    Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, eq. 5 without restarts.
    """

    kind: Literal["cosine"] = "cosine"
    title = "Cosine"
    final: float = Field(0.01, ge=0, le=1, title="Final factor", description="Share of the rate left at the end.")

    def factor(self, done: float, epoch: int) -> float:
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * done)) / 2


class StepDecay(Schedule):
    """Multiplied by a factor every few epochs."""

    kind: Literal["step"] = "step"
    title = "Step decay"
    every: int = Field(10, ge=1, title="Every so many epochs", description="Epochs between two drops.")
    gamma: float = Field(0.5, gt=0, le=1, title="Drop factor", description="What each drop multiplies by.")

    def factor(self, done: float, epoch: int) -> float:
        return self.gamma ** (epoch // self.every)
