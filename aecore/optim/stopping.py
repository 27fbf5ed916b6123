"""Stopping rules: when a training is over, as pure functions of its validation losses: a stopped run continues exactly.

Everywhere, `history` holds the validation losses at the ends of the epochs so far, NaN where one was not computed; such
an epoch tells nothing, and is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from aecore.options.registry import Option


class Stopping(Option):
    """When training is over, if not before the last epoch."""

    #: Whether it goes by validation losses, so that images must be held back.
    needs_validation: ClassVar[bool] = False

    @property
    def restores_best(self) -> bool:
        """Whether the weights of the best epoch are taken back at the end."""
        return False

    def is_over(self, history: Sequence[float]) -> bool:
        """Whether to stop after the epochs in `history`."""
        raise NotImplementedError

    def best(self, history: Sequence[float]) -> int | None:
        """Index of the first epoch with the lowest loss; None where no loss was computed."""
        known = (epoch for epoch, loss in enumerate(history) if not math.isnan(loss))
        return min(known, key=history.__getitem__, default=None)


class NoStopping(Stopping):
    """All epochs are trained, however the validation goes."""

    kind: Literal["none"] = "none"
    title = "All epochs"

    def is_over(self, history: Sequence[float]) -> bool:
        return False


class Early(Stopping):
    """Stops when the validation loss gets no better: what follows is learning by heart.

    Prechelt, Early stopping - but when?, in Neural networks: tricks of the trade, 1998; patience as in Goodfellow et
    al., Deep learning, 2016, algorithm 7.1.
    """

    kind: Literal["early"] = "early"
    title = "Early"
    needs_validation = True

    patience: int = Field(
        5,
        ge=1,
        le=10_000,
        title="Patience, epochs",
        description="So many epochs in a row without an improvement end it.",
    )
    min_delta: float = Field(
        0.0,
        ge=0,
        title="Least improvement",
        description="An epoch counts as better if its validation loss is lower by more than this, in the loss's units.",
    )
    restore_best: bool = Field(
        True,
        title="Back to the best",
        description="Ends with the weights of the epoch with the lowest validation loss.",
    )

    @property
    def restores_best(self) -> bool:
        return self.restore_best

    def is_over(self, history: Sequence[float]) -> bool:
        lowest, waited = math.inf, 0
        for loss in history:
            if loss < lowest - self.min_delta:
                lowest, waited = loss, 0
            elif not math.isnan(loss):
                waited += 1
        return waited >= self.patience
