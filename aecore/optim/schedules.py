"""Learning-rate schedules, as pure functions of the training progress and of the validation losses so far.

They have no state, so a resumed run continues with exactly the same learning rates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from aecore.options.epochs import IN_EPOCHS
from aecore.options.registry import Option


class Schedule(Option):
    """How the learning rate changes during training."""

    #: Whether it depends on validation losses, and so needs validation images.
    needs_validation: ClassVar[bool] = False
    #: Whether the last step has the final factor; otherwise it would come after the last step.
    reaches_final: ClassVar[bool] = False

    def learning_rate(
        self,
        initial: float,
        step: int,
        steps: int,
        steps_per_epoch: int,
        history: Sequence[float] = (),
        warmup: float = 0.0,
    ) -> float:
        """Return the learning rate of a step.

        Args:
            initial: the learning rate from the settings.
            step: the step, from 0.
            steps: number of steps in total.
            steps_per_epoch: number of steps of one epoch.
            history: validation loss of each completed epoch; NaN if it was not computed.
            warmup: epochs in which the learning rate rises linearly from 0.
        """
        epochs = step / steps_per_epoch
        done = step / (max(1, steps - 1) if self.reaches_final else steps)
        rise = min(1.0, (epochs + 1 / steps_per_epoch) / warmup) if warmup else 1.0
        return initial * self.factor(done, int(epochs), history) * rise

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        """Return the factor of the learning rate, 0 to 1.

        Args:
            done: fraction of all steps that are done, 0 to 1. If the schedule `reaches_final`, 1 is the last step.
            epoch: the current epoch, from 0.
            history: validation loss of each completed epoch; NaN if it was not computed.
        """
        raise NotImplementedError


class Constant(Schedule):
    """A constant learning rate."""

    kind: Literal["constant"] = "constant"
    title = "Constant"

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return 1.0


class Cosine(Schedule):
    """Cosine annealing from the learning rate to its final value.

    Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, eq. 5 without restarts.
    """

    kind: Literal["cosine"] = "cosine"
    title = "Cosine"
    final_factor: float = Field(
        0.01,
        ge=0,
        le=1,
        title="Final factor",
        description="Learning rate after the last step, as a fraction of the learning rate.",
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return _cosine(1.0, self.final_factor, done)


class StepDecay(Schedule):
    """The learning rate is multiplied by a factor every few epochs."""

    kind: Literal["step"] = "step"
    title = "Step decay"
    step_size: int = Field(
        10, ge=1, title="Step size, epochs", description="Epochs between two decays.", json_schema_extra=IN_EPOCHS
    )
    gamma: float = Field(
        0.5, gt=0, le=1, title="Decay factor", description="Multiplies the learning rate at each decay (gamma)."
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        return self.gamma ** (epoch // self.step_size)


class OneCycle(Schedule):
    """Rises from a low rate to the learning rate, then falls to almost zero; tolerates higher learning rates.

    Smith and Topin, Super-convergence: very fast training of neural networks using large learning rates, 2018; with
    cosine annealing as in fastai and PyTorch, and without the paper's cyclic momentum.
    """

    kind: Literal["one-cycle"] = "one-cycle"
    title = "One cycle"
    reaches_final = True
    warmup_fraction: float = Field(
        0.3, gt=0, lt=1, title="Warm-up fraction", description="Fraction of the training before the peak."
    )
    initial_factor: float = Field(
        0.04,
        ge=0,
        le=1,
        title="Initial factor",
        description="Initial learning rate as a fraction of the learning rate.",
        json_schema_extra={"step": 0.01},
    )
    final_factor: float = Field(
        1e-4,
        ge=0,
        le=1,
        title="Final factor",
        description="Final learning rate as a fraction of the learning rate.",
        json_schema_extra={"step": 0.01},
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        if done < self.warmup_fraction:
            return _cosine(self.initial_factor, 1.0, done / self.warmup_fraction)
        return _cosine(1.0, self.final_factor, (done - self.warmup_fraction) / (1 - self.warmup_fraction))


class Plateau(Schedule):
    """The learning rate is multiplied by a factor when the validation loss stops improving.

    As torch.optim.lr_scheduler.ReduceLROnPlateau (mode "min", threshold "rel"); as in He et al., Deep residual
    learning for image recognition, CVPR 2016, section 3.4.
    """

    kind: Literal["plateau"] = "plateau"
    title = "Reduce on plateau"
    needs_validation = True

    gamma: float = Field(
        0.5, gt=0, le=1, title="Decay factor", description="Multiplies the learning rate at each decay (gamma)."
    )
    patience: int = Field(
        3,
        ge=0,
        title="Patience, epochs",
        description="Epochs without improvement that are tolerated; the next one triggers a decay.",
        json_schema_extra=IN_EPOCHS,
    )
    threshold: float = Field(
        1e-4,
        ge=0,
        lt=1,
        title="Minimum improvement",
        description="Relative decrease of the validation loss that counts as an improvement.",
        json_schema_extra={"step": 1e-4},
    )
    cooldown: int = Field(
        0,
        ge=0,
        title="Cooldown, epochs",
        description="Epochs after a decay in which patience does not count.",
        json_schema_extra=IN_EPOCHS,
    )

    def factor(self, done: float, epoch: int, history: Sequence[float]) -> float:
        best, waited, cooldown, decays = math.inf, 0, 0, 0
        for loss in history:
            if math.isnan(loss):
                continue  # not computed
            improved = loss < best * (1 - self.threshold)
            best = loss if improved else best
            waited = 0 if improved or cooldown else waited + 1
            cooldown = max(0, cooldown - 1)
            if waited > self.patience:
                decays, waited, cooldown = decays + 1, 0, self.cooldown
        return self.gamma**decays


def _cosine(first: float, last: float, done: float) -> float:
    """Interpolate between two values along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
