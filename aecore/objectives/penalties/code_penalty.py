"""CodePenalty: the base of all penalties that are one weighted function of the code."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.objectives.penalties.base import Penalty
from aecore.utils.precision import full_precision


class CodePenalty(Penalty):
    """A weighted penalty on continuous codes."""

    weight: float

    def check(self, bottleneck: Bottleneck) -> None:
        if bottleneck.discrete:
            raise IncompatibleSettings(
                f"{self.title} needs a continuous code, and the {bottleneck.title.lower()} bottleneck gives discrete "
                "codebook indices; choose another bottleneck, or no penalty."
            )

    def weights(self) -> dict[str, float]:
        return {self._name: self.weight}

    def measure(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> dict[str, Tensor]:
        with full_precision(z.device):  # small differences of large sums
            return {self._name: self._value(x, z.float().flatten(1), generator)}

    @property
    def _name(self) -> str:
        return self.kind.replace("-", "_")

    def _value(self, x: Tensor, z: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the unweighted penalty of codes (B, D), a scalar."""
        raise NotImplementedError
