"""Stopping rules, as pure functions of the validation losses: without state, a resumed run stops at the same epoch.

`history` always holds the validation loss of each completed epoch. NaN means that it was not computed; the rules skip
such epochs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from aecore.options.epochs import IN_EPOCHS
from aecore.options.registry import Option


class Stopping(Option):
    """Whether training stops before its full length."""

    #: Whether it depends on validation losses, and so needs validation images.
    needs_validation: ClassVar[bool] = False

    @property
    def restores_best(self) -> bool:
        """Whether training ends with the weights of the best epoch."""
        return False

    def should_stop(self, history: Sequence[float]) -> bool:
        """Return whether to stop after the epochs in `history`."""
        raise NotImplementedError

    def best(self, history: Sequence[float]) -> int | None:
        """Return the index of the first epoch with the lowest loss; None if no loss was computed."""
        computed = (epoch for epoch, loss in enumerate(history) if not math.isnan(loss))
        return min(computed, key=history.__getitem__, default=None)


class NoStopping(Stopping):
    """No early stopping: training runs for its full length."""

    kind: Literal["none"] = "none"
    title = "None"

    def should_stop(self, history: Sequence[float]) -> bool:
        return False


class EarlyStopping(Stopping):
    """Stops when the validation loss no longer improves, before the model overfits.

    Prechelt, Early stopping - but when?, in Neural networks: tricks of the trade, 1998; patience as in Goodfellow et
    al., Deep learning, 2016, algorithm 7.1.
    """

    kind: Literal["early"] = "early"
    title = "On validation loss"
    needs_validation = True

    patience: int = Field(
        5,
        ge=1,
        le=10_000,
        title="Patience, epochs",
        description="Consecutive epochs without improvement after which training stops.",
        json_schema_extra=IN_EPOCHS,
    )
    min_delta: float = Field(
        0.0,
        ge=0,
        title="Minimum improvement",
        description="Decrease of the validation loss that counts as an improvement, in the units of the loss.",
    )
    restore_best: bool = Field(
        True,
        title="Restore best weights",
        description="Restores the weights of the epoch with the lowest validation loss.",
    )

    @property
    def restores_best(self) -> bool:
        return self.restore_best

    def should_stop(self, history: Sequence[float]) -> bool:
        best, waited = math.inf, 0
        for loss in history:
            if loss < best - self.min_delta:
                best, waited = loss, 0
            elif not math.isnan(loss):
                waited += 1
        return waited >= self.patience
