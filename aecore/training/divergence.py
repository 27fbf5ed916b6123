"""Divergence: losses that are not finite, their cause and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aecore.errors import SCALED_FEATURES, SMALLER_RATE, Diverged

MAX_SCALE = 100.0  # larger features overflow in float32, with any learning rate


@dataclass(frozen=True)
class StepLosses:
    """The losses of one training step, on its device until they are read: a read waits for an accelerator."""

    tensors: dict[str, Tensor]  # scalars: "loss", its terms and metrics
    images: int  # in the batch
    step: int  # steps done
    learning_rate: float
    inputs: Tensor  # the training examples (N, *input_shape), as stored

    @cached_property
    def values(self) -> dict[str, float]:
        """The losses as numbers. Raises Diverged if one is not finite."""
        numbers = torch.stack([value.float() for value in self.tensors.values()]).tolist()
        values = dict(zip(self.tensors, numbers, strict=True))
        check_losses(values, "loss", f"at step {self.step:,}", self.learning_rate, self.inputs, updated=self.step > 1)
        return values


def check_losses(
    losses: Mapping[str, float], name: str, when: str, learning_rate: float, inputs: Tensor, updated: bool = True
) -> None:
    """Raise `Diverged`, with the cause and advice, if the loss, one of its terms or a metric is not finite.

    Args:
        losses: values by name: "loss", its terms and metrics.
        name: what they are, such as "validation loss".
        when: when they were computed, such as "at step 3".
        learning_rate: the last one.
        inputs: the training examples (N, *input_shape), as stored.
        updated: whether a weight was updated before.
    """
    broken = [term for term, value in losses.items() if not math.isfinite(value)]
    if not broken:
        return
    terms = [] if "reconstruction" in broken else [term for term in broken if term != "loss"]
    cause = f", because of its term “{terms[0]}”" if terms else ""
    advice = _advice(inputs, updated)
    raise Diverged(f"The {name} is not finite {when} (learning rate {learning_rate:g}){cause}. {advice}")


def _advice(inputs: Tensor, updated: bool) -> str:
    if inputs.is_floating_point() and float(inputs.abs().max()) > MAX_SCALE:
        return SCALED_FEATURES
    if updated:
        return SMALLER_RATE
    return "No weight was updated before, so the learning rate is not the cause. Choose another penalty or corruption."
