"""Uniform scalar quantization of codes: numbers (N, D) to symbols, and symbols to the centers of their bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecore.errors import InvalidInput

Floats = NDArray[np.float32]
Symbols = NDArray[np.int32]

MAX_LEVELS = 4096  # symbols per dimension
MAX_CODES = 2_000  # training codes that uniform bins are fitted to

# Shares of the training codes that a range cuts off at each end; the one with the smallest squared error is used.
_TAILS = (0.0, 0.001, 0.003, 0.01, 0.02, 0.04, 0.08)


@dataclass(frozen=True)
class Quantizer:
    """Bins of equal width in each dimension; numbers outside the range belong to the first or the last bin."""

    low: Floats  # (D,) lower end of the first bin
    step: Floats  # (D,) width of a bin
    levels: Symbols  # (D,) number of bins

    def quantize(self, codes: Floats) -> Symbols:
        """Return the index of each number's bin: (N, D) to (N, D)."""
        symbols: Symbols = np.floor((codes - self.low) / self.step).clip(0, self.levels - 1).astype(np.int32)
        return symbols

    def dequantize(self, symbols: Symbols) -> Floats:
        """Return the center of each symbol's bin: (N, D) to (N, D)."""
        centers: Floats = (self.low + (symbols + np.float32(0.5)) * self.step).astype(np.float32)
        return centers

    def to_json(self) -> dict[str, Any]:
        """Return the bins as numbers that JSON keeps exactly."""
        return {"low": self.low.tolist(), "step": self.step.tolist(), "levels": self.levels.tolist()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Quantizer:
        """Restore the bins. Raises InvalidInput."""
        try:
            low, step = (np.array(stored[name], np.float32) for name in ("low", "step"))
            levels = np.array(stored["levels"], np.int32)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidInput("The stored quantizer is damaged.") from error
        fits = low.ndim == 1 and low.shape == step.shape == levels.shape
        if not fits or not np.isfinite(low).all() or not (np.isfinite(step) & (step > 0)).all():
            raise InvalidInput("The stored quantizer is damaged.")
        if not ((levels >= 1) & (levels <= MAX_LEVELS)).all():
            raise InvalidInput("The stored quantizer is damaged.")
        return cls(low, step, levels)


def fit_uniform(codes: Floats, bits: int) -> Quantizer:
    """Fit a quantizer of 2^bits bins per dimension to training codes.

    The range of each dimension is, among a few that leave out up to 8% of the training codes at each end, the one with
    the smallest squared error: at few bits, narrow bins are worth more than rare codes. It spans either the bins or
    their centers, so that a code with few different values is met exactly.

    Args:
        codes: (N, D), at least one; the first `MAX_CODES` are used.
        bits: bits per dimension, 1 to 12.
    """
    codes = codes[:MAX_CODES]
    levels, size = 2**bits, codes.shape[1]
    best_low, best_step = np.zeros(size, np.float32), np.ones(size, np.float32)
    best = np.full(size, np.inf)
    for low, step in _candidates(codes, levels):
        quantizer = Quantizer(low, step, np.full(size, levels, np.int32))
        error = np.square(quantizer.dequantize(quantizer.quantize(codes)) - codes, dtype=np.float64).mean(axis=0)
        better = error < best
        best_low, best_step = np.where(better, low, best_low), np.where(better, step, best_step)
        best = np.where(better, error, best)
    return Quantizer(best_low, best_step, np.full(size, levels, np.int32))


def fit_step(codes: Floats, step: float) -> Quantizer:
    """Fit a quantizer of bins of one width for all dimensions, as many as the training codes need.

    A dimension whose codes lie within one bin has one level and costs nothing. With entropy coding and a mean squared
    error, one width for all is the best choice at high rates (Gersho and Gray, Vector quantization, 1992, ch. 9.9).

    Args:
        codes: (N, D), at least one.
        step: width of a bin.
    """
    center = codes.mean(axis=0)
    reach = np.abs(codes - center).max(axis=0)  # (D,)
    sides = np.clip(np.ceil(reach / step - 0.5), 0, MAX_LEVELS // 2 - 1)
    low = (center - (sides + 0.5) * step).astype(np.float32)
    return Quantizer(low, np.full_like(low, step), (2 * sides + 1).astype(np.int32))


def _candidates(codes: Floats, levels: int) -> list[tuple[Floats, Floats]]:
    """Return the ranges to try, as the lower end and the width of the bins (D,)."""
    found = []
    quantiles = np.quantile(codes, [*_TAILS, *(1 - tail for tail in _TAILS)], axis=0).astype(np.float32)
    for low, high in zip(quantiles[: len(_TAILS)], quantiles[len(_TAILS) :], strict=True):
        wide = high - low
        wide = np.where(wide > 1e-6 * np.maximum(1, np.abs(low)), wide, np.float32(1))  # a dimension that never changes
        found.append((low, (wide / levels).astype(np.float32)))
        between = (wide / (levels - 1)).astype(np.float32)
        found.append(((low - between / 2).astype(np.float32), between))
    return found
