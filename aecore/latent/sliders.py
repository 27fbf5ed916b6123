"""Latent sliders: one per latent dimension or, with a codebook, one per position."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.codebook import counts_by_position, entropy_bits
from aecore.config.run_config import RunConfig
from aecore.latent.codes import codebook_indices, codes_from_indices, dimensions_by_variance, has_gaussian_prior
from aecore.models.autoencoder import Autoencoder

PRIOR_RANGE = 3.0  # minimum slider range for a prior N(0, I), in standard deviations to each side


@dataclass(frozen=True)
class LatentSliders:
    """Sliders for P latent dimensions or codebook positions, with their ranges over known codes."""

    names: tuple[str, ...]
    order: tuple[int, ...]  # largest variance or entropy first
    low: Tensor  # (P,)
    high: Tensor  # (P,)
    model: Autoencoder
    discrete: bool = False  # whether slider values are codebook indices

    def values(self, code: Tensor) -> Tensor:
        """Return the slider values (P,) of a code (D,)."""
        if not self.discrete:
            return code
        indices = codebook_indices(self.model, code[None])
        assert indices is not None
        return indices[0].to(code.dtype)

    def moved(self, code: Tensor, changes: Mapping[int, float]) -> Tensor:
        """Move some sliders of a code.

        Args:
            code: (D,).
            changes: new value by slider; values are clamped to the slider's range.

        Returns:
            The changed code (D,).

        Raises:
            IndexError: a slider does not exist.
        """
        values = self.values(code).clone()
        for slider, value in changes.items():
            if not 0 <= slider < len(values):
                raise IndexError(f"There is no slider {slider}; this code has sliders 0 to {len(values) - 1}.")
            values[slider] = min(max(value, float(self.low[slider])), float(self.high[slider]))
        return codes_from_indices(self.model, values.round().long()[None])[0] if self.discrete else values


def latent_sliders(config: RunConfig, model: Autoencoder, codes: Tensor, indices: Tensor | None) -> LatentSliders:
    """Build the sliders of a model.

    Args:
        config: the run's settings; with a Gaussian prior, ranges include three standard deviations to each side.
        model: the model.
        codes: (N, D); they define the ranges.
        indices: (N, P), the codes' codebook indices from `codebook_indices`; None without a codebook.
    """
    if indices is not None:
        _, rows, columns = model.latent_shape
        names = tuple(f"position {row + 1},{column + 1}" for row in range(rows) for column in range(columns))
        size = model.bottleneck.codebook_size
        order = entropy_bits(counts_by_position(indices, size)).argsort(descending=True)
        low = torch.zeros(indices.shape[1])
        return LatentSliders(names, tuple(order.tolist()), low, low + size - 1, model, discrete=True)
    low, high = codes.min(dim=0).values, codes.max(dim=0).values
    if has_gaussian_prior(config):
        low, high = low.clamp(max=-PRIOR_RANGE), high.clamp(min=PRIOR_RANGE)
    constant = (high - low) < 1e-6  # a slider needs a range even where all codes have the same value
    low, high = torch.where(constant, low - 1, low), torch.where(constant, high + 1, high)
    order = dimensions_by_variance(codes)
    return LatentSliders(dimension_names(model.latent_shape), tuple(order.tolist()), low, high, model)


def dimension_names(shape: Sequence[int]) -> tuple[str, ...]:
    """Return the names of the latent dimensions: z1, z2 ...; for a feature map, `channel: row,column`."""
    if len(shape) == 3:
        channels, rows, columns = map(range, shape)
        return tuple(f"{c + 1}: {r + 1},{col + 1}" for c in channels for r in rows for col in columns)
    return tuple(f"z{i + 1}" for i in range(math.prod(shape)))
