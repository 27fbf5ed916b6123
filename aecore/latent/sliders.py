"""What of a code can be turned by hand: its numbers, or, with a codebook, the entries at its places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis import codebook
from aecore.config.run_config import RunConfig
from aecore.latent.codes import by_activity, choices, codes_from_indices, has_gaussian_prior
from aecore.models.autoencoder import Autoencoder

NORMAL_REACH = 3.0  # standard deviations of a prior N(0, 1)


@dataclass(frozen=True)
class LatentSliders:
    """A dial for everything that can be turned, with its range over the codes seen."""

    names: tuple[str, ...]
    order: tuple[int, ...]  # the ones that vary most first
    low: Tensor  # (P,)
    high: Tensor  # (P,)
    model: Autoencoder
    whole: bool = False  # whether the latent_sliders stand on entries, whole numbers

    def read(self, code: Tensor) -> Tensor:
        """Where the latent_sliders stand for a code (D,): (P,)."""
        if not self.whole:
            return code
        chosen = choices(self.model, code[None])
        assert chosen is not None
        return chosen[0].to(code.dtype)

    def turned(self, code: Tensor, moved: Mapping[int, float]) -> Tensor:
        """The code (D,) with some latent_sliders moved, each at most to the ends of its range.

        Raises:
            IndexError: there is no such dial.
        """
        values = self.read(code).clone()
        for dial, value in moved.items():
            if not 0 <= dial < len(values):
                raise IndexError(f"This code has {len(values):,} latent_sliders; given is number {dial}.")
            values[dial] = min(max(value, float(self.low[dial])), float(self.high[dial]))
        return codes_from_indices(self.model, values.round().long()[None])[0] if self.whole else values


def latent_sliders(config: RunConfig, model: Autoencoder, codes: Tensor, chosen: Tensor | None) -> LatentSliders:
    """The latent_sliders of a model's code; their ranges are those of codes (N, D), and the whole of a normal prior.

    `chosen` are the codes' codebook entries (N, P), as `exploring.choices` gives them.
    """
    if chosen is not None:
        _, rows, columns = model.latent_shape
        names = tuple(f"place {row + 1},{column + 1}" for row in range(rows) for column in range(columns))
        entries = model.bottleneck.codebook_size
        order = codebook.bits(codebook.by_place(chosen, entries)).argsort(descending=True)
        low = torch.zeros(chosen.shape[1])
        return LatentSliders(names, tuple(order.tolist()), low, low + entries - 1, model, whole=True)
    low, high = codes.min(dim=0).values, codes.max(dim=0).values
    if has_gaussian_prior(config):
        low, high = low.clamp(max=-NORMAL_REACH), high.clamp(min=NORMAL_REACH)
    still = (high - low) < 1e-6  # a number that is the same for all codes can be moved all the same
    low, high = torch.where(still, low - 1, low), torch.where(still, high + 1, high)
    return LatentSliders(number_names(model.latent_shape), tuple(by_activity(codes).tolist()), low, high, model)


def number_names(shape: Sequence[int]) -> tuple[str, ...]:
    """Names of a code's numbers: z1, z2 ...; in a feature map, channel: row,column."""
    if len(shape) == 3:
        channels, rows, columns = map(range, shape)
        return tuple(f"{c + 1}: {r + 1},{col + 1}" for c in channels for r in rows for col in columns)
    return tuple(f"z{i + 1}" for i in range(math.prod(shape)))
