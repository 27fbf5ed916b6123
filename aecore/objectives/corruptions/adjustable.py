"""AdjustableCorruption: the base of all corruptions that have a strength."""

from __future__ import annotations

from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.objectives.corruptions.base import Corruption


class AdjustableCorruption(Corruption):
    """A corruption with a fixed strength, or one drawn from a range for each image."""

    strength: float
    min_strength: float | None = Field(
        None,
        ge=0,
        title="Minimum strength",
        description="Each image gets a strength drawn uniformly between this value and the strength. Empty: always "
        "the full strength.",
        json_schema_extra={"step": 0.05, "empty": "same as strength"},
    )

    @model_validator(mode="after")
    def _check_min_strength(self) -> Self:
        if self.min_strength is not None and self.min_strength > self.strength:
            raise IncompatibleSettings(
                f"Minimum strength is {self.min_strength:g}, but strength is only {self.strength:g}; choose "
                f"{self.strength:g} or less.",
                "min_strength",
            )
        return self

    def corrupt(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        low = self.strength if self.min_strength is None else self.min_strength
        uniform = torch.rand(len(x), generator=generator, device=x.device)  # (B,)
        return self.apply(x, low + (self.strength - low) * uniform, generator)


def broadcast_strength(x: Tensor, strength: Tensor | float) -> Tensor:
    """Reshape one strength per input to x's number of dimensions: (B, 1, ...)."""
    per_input = torch.as_tensor(strength, dtype=x.dtype, device=x.device).expand(len(x))
    return per_input.reshape(-1, *[1] * (x.dim() - 1))


def in_square(x: Tensor, top: Tensor, left: Tensor, side: Tensor) -> Tensor:
    """Return which pixels of x lie in the square of each image, (B, 1, H, W), from three numbers of (B, 1, 1, 1)."""
    rows, columns = torch.arange(x.shape[2], device=x.device)[:, None], torch.arange(x.shape[3], device=x.device)
    return (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)


def uniform_per_pixel(x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw from [0, 1) for each pixel, shared by its channels: (B, 1, H, W); for each element if x is no image."""
    shape = (len(x), 1, *x.shape[2:]) if x.dim() == 4 else x.shape
    return torch.rand(shape, generator=generator, device=x.device, dtype=x.dtype)
