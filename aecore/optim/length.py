"""The length of a training: a number of epochs or of optimizer steps."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, Self

from pydantic import Field

from aecore.options.epochs import IN_EPOCHS
from aecore.options.registry import Option

MAX_EPOCHS = 10_000
MAX_STEPS = 1_000_000


class Length(Option):
    """How long training runs. The `kind` of a length is its unit, and the name of the setting with the number."""

    increment: ClassVar[int] = 1  # the step of a form's number field

    @property
    def total(self) -> int:
        """The length in its unit."""
        return int(getattr(self, self.kind))

    @property
    def text(self) -> str:
        """The length as a text, such as `10 epochs`."""
        return _count(self.total, self.kind)

    def text_in_both(self, steps_per_epoch: int) -> str:
        """Return the length in epochs and in steps, such as `10 epochs, 320 steps`."""
        steps = self.total_steps(steps_per_epoch)
        return f"{_count(steps / steps_per_epoch, 'epochs')}, {_count(steps, 'steps')}"

    def total_steps(self, steps_per_epoch: int) -> int:
        """Return the number of optimizer steps of the training."""
        raise NotImplementedError

    @classmethod
    def from_steps(cls, steps: int, steps_per_epoch: int) -> Self:
        """Return the length that is closest to a number of optimizer steps."""
        raise NotImplementedError

    def done(self, step: int, epoch: float) -> float:
        """Return what is done in the unit of the length, given the steps and the epochs done."""
        raise NotImplementedError

    def done_text(self, step: int, epoch: float) -> str:
        """Return what is done as a text, such as `2.5 of 10 epochs`, given the steps and the epochs done."""
        return f"{round(self.done(step, epoch), 2):,.9g} of {self.text}"

    def progress_text(self, step: int, epoch: float) -> str:
        """Return the position of a training as a text, such as `epoch 3 of 10`, given the steps and the epochs done."""
        raise NotImplementedError


class Epochs(Length):
    """Passes over the training images: training takes longer on more images."""

    kind: Literal["epochs"] = "epochs"
    title = "Epochs"
    epochs: int = Field(
        10,
        ge=1,
        le=MAX_EPOCHS,
        title="Epochs",
        description="How many times the network sees each training image.",
        json_schema_extra=IN_EPOCHS,
    )

    def total_steps(self, steps_per_epoch: int) -> int:
        return self.epochs * steps_per_epoch

    @classmethod
    def from_steps(cls, steps: int, steps_per_epoch: int) -> Self:
        return cls(epochs=min(max(1, round(steps / steps_per_epoch)), MAX_EPOCHS))

    def done(self, step: int, epoch: float) -> float:
        return epoch

    def progress_text(self, step: int, epoch: float) -> str:
        return f"epoch {min(math.floor(epoch) + 1, self.epochs):,} of {self.epochs:,}"


class Steps(Length):
    """Updates of the weights: training takes about the same time on any number of images."""

    kind: Literal["steps"] = "steps"
    title = "Steps"
    increment = 50
    steps: int = Field(
        1000,
        ge=1,
        le=MAX_STEPS,
        title="Steps",
        description="How many times the weights are updated, each time with one batch of images.",
        json_schema_extra={"step": increment},
    )

    def total_steps(self, steps_per_epoch: int) -> int:
        return self.steps

    @classmethod
    def from_steps(cls, steps: int, steps_per_epoch: int) -> Self:
        return cls(steps=min(steps, MAX_STEPS))

    def done(self, step: int, epoch: float) -> float:
        return step

    def progress_text(self, step: int, epoch: float) -> str:
        return f"step {step:,} of {self.steps:,}"


def _count(number: float, unit: str) -> str:
    return f"{round(number, 2):,.9g} {unit.removesuffix('s') if number == 1 else unit}"


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Return the number of optimizer steps of one epoch; its last batch may be smaller."""
    return math.ceil(images / batch_size)
