"""Codec: images to bytes and back, by a code that is quantized and entropy-coded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.data.inputs import Values, as_examples
from aecore.data.pixels import BATCH_SIZE, batches
from aecore.errors import InvalidInput
from aecore.evaluation.compression.priors import Prior
from aecore.evaluation.compression.quantizers import Quantizer, Symbols
from aecore.options.shapes import Shape


@dataclass(frozen=True)
class Codec:
    """Compresses images (N, C, H, W) of one shape.

    What it was fitted on, training images, is needed for neither direction: `to_json` returns the quantizer and the
    prior, a few kilobytes, and `methods.restore` combines them with the model on another machine.
    """

    method: str  # a name in `methods.METHODS`
    setting: int  # bits per number, or another setting of the method
    input_shape: Shape
    quantizer: Quantizer | None  # None for the indices of a codebook, which are symbols
    prior: Prior
    to_symbols: Callable[[Tensor], Symbols]  # images (B, C, H, W) in [0, 1] -> (B, D)
    from_symbols: Callable[[Symbols], Tensor]  # (B, D) -> images (B, C, H, W) in [0, 1]

    @property
    def fixed_bits(self) -> int:
        """Bits per image without entropy coding: the same number of bits for every symbol of a dimension."""
        return sum(math.ceil(math.log2(len(frequencies))) for frequencies in self.prior.frequencies)

    @property
    def table_bytes(self) -> int:
        """Bytes of quantizer and prior: 16 bits per frequency, and 32 for each end and width of bins."""
        bins = 0 if self.quantizer is None else 8 * len(self.quantizer.low)
        return bins + sum(2 * len(frequencies) for frequencies in self.prior.frequencies)

    def encode(self, images: Values) -> Symbols:
        """Convert images (N, C, H, W), uint8 or in [0, 1], to symbols (N, D).

        Raises:
            InvalidInput: the images have another shape or range, or are not finite.
        """
        images = as_examples(images, self.input_shape)
        return np.concatenate([self.to_symbols(x) for x in batches(images)])

    def decode(self, symbols: Symbols) -> Tensor:
        """Convert symbols (N, D) to images (N, C, H, W) in [0, 1]. Raises InvalidInput."""
        if symbols.ndim != 2 or symbols.shape[1] != self.prior.dimensions:
            raise InvalidInput(f"The symbols have the shape {symbols.shape}; expected (N, {self.prior.dimensions}).")
        parts = [self.from_symbols(symbols[i : i + BATCH_SIZE]) for i in range(0, len(symbols), BATCH_SIZE)]
        return torch.cat(parts).clamp(0, 1) if parts else torch.zeros(0, *self.input_shape)

    def compress(self, images: Values) -> bytes:
        """Compress images to a payload, which holds neither their number nor a checksum. Raises InvalidInput."""
        return self.prior.compress(self.encode(images))

    def decompress(self, payload: bytes, count: int) -> Tensor:
        """Decompress a payload of `count` images to images (count, C, H, W) in [0, 1]. Raises InvalidInput."""
        return self.decode(self.prior.decompress(payload, count))

    def to_json(self) -> dict[str, Any]:
        """Return what was fitted: the quantizer and the prior, in whole numbers and exact floats."""
        quantizer = None if self.quantizer is None else self.quantizer.to_json()
        return {"method": self.method, "setting": self.setting, "quantizer": quantizer, "prior": self.prior.to_json()}
