"""Priors over symbols, and lossless coding of symbols (N, D) under them.

A prior is a table of whole numbers, so that every machine decodes the same symbols: constriction converts frequencies,
whose sum is a power of two, to its fixed-point numbers without rounding that could differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecore.errors import InvalidInput
from aecore.evaluation.compression.quantizers import MAX_LEVELS, Symbols

TOTAL = 1 << 16  # sum of the frequencies of one dimension

#: Added to the count of each symbol: Krichevsky and Trofimov, The performance of universal encoding, 1981.
SMOOTHING = 0.5

Frequencies = NDArray[np.int64]


@dataclass(frozen=True)
class Prior:
    """A categorical distribution of each dimension's symbols, independent of the others.

    `compress` and `decompress` are a range coder: Martin, Range encoding, 1979; implemented by constriction (Bamler
    2022). A payload is at most two bytes longer than the ideal code length.
    """

    frequencies: tuple[Frequencies, ...]  # for each of D dimensions (levels,), positive, summing to `TOTAL`

    @property
    def dimensions(self) -> int:
        """Number of symbols of one image."""
        return len(self.frequencies)

    def cost(self, symbols: Symbols) -> NDArray[np.float64]:
        """Return the ideal code length of each row of symbols (N, D) in bits, (N,): -log2 of its probability."""
        bits = np.zeros(len(symbols))
        for column, frequencies in zip(symbols.T, self.frequencies, strict=True):
            bits += -np.log2(frequencies / TOTAL)[column]
        return bits

    def compress(self, symbols: Symbols) -> bytes:
        """Code symbols (N, D) as bytes, without their number: first all of dimension 0, then all of dimension 1.

        Raises:
            InvalidInput: a symbol is out of range, or the symbols have another shape.
        """
        self._check(symbols)
        coder = _constriction().queue.RangeEncoder()
        for column, model in zip(symbols.T, self._models, strict=True):
            if model is not None:
                coder.encode(np.ascontiguousarray(column, np.int32), model)
        return _shortest(coder)

    def decompress(self, payload: bytes, count: int) -> Symbols:
        """Decode the symbols (count, D) of a payload.

        Raises:
            InvalidInput: the payload is not that of so many symbols under this prior. Not every change is noticed:
                files need a checksum.
        """
        words = np.frombuffer(payload + b"\0" * (-len(payload) % 4), ">u4").astype(np.uint32)
        coder = _constriction().queue.RangeDecoder(words)
        symbols = np.zeros((count, self.dimensions), np.int32)
        for dimension, model in enumerate(self._models):
            if model is not None and count:
                try:
                    symbols[:, dimension] = coder.decode(model, count)
                except AssertionError as error:  # no symbol has this code
                    raise InvalidInput("The coded symbols are damaged.") from error
        if self.compress(symbols) != payload:
            raise InvalidInput("The coded symbols are damaged.")
        return symbols

    def to_json(self) -> list[list[int]]:
        """Return the frequencies."""
        return [frequencies.tolist() for frequencies in self.frequencies]

    @classmethod
    def from_json(cls, stored: Any) -> Prior:
        """Restore a prior. Raises InvalidInput."""
        try:
            rows = tuple(np.array(row, np.int64) for row in stored)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput("The stored prior is damaged.") from error
        if not rows or not all(row.ndim == 1 and 0 < len(row) <= MAX_LEVELS for row in rows):
            raise InvalidInput("The stored prior is damaged.")
        if not all((row > 0).all() and (row <= TOTAL).all() and row.sum() == TOTAL for row in rows):
            raise InvalidInput("The stored prior is damaged.")
        return cls(rows)

    @cached_property
    def _models(self) -> list[Any]:
        """The distributions as constriction takes them; None where there is one symbol only."""
        categorical = _constriction().model.Categorical
        return [
            categorical(frequencies / TOTAL, perfect=False) if len(frequencies) > 1 else None
            for frequencies in self.frequencies
        ]

    def _check(self, symbols: Symbols) -> None:
        levels = np.array([len(row) for row in self.frequencies])
        if symbols.ndim != 2 or symbols.shape[1] != self.dimensions:
            raise InvalidInput(f"The symbols have the shape {symbols.shape}; expected (N, {self.dimensions}).")
        if not ((symbols >= 0) & (symbols < levels)).all():
            raise InvalidInput("A symbol is outside of its alphabet.")


def fit_prior(symbols: Symbols, levels: Symbols) -> Prior:
    """Fit a prior to the training symbols (N, D) of alphabets of `levels` (D,) symbols."""
    counts = [np.bincount(column, minlength=size) for column, size in zip(symbols.T, levels, strict=True)]
    return Prior(tuple(to_frequencies(row + SMOOTHING) for row in counts))


def fit_shared_prior(symbols: Symbols, levels: int, strength: float = 16.0) -> Prior:
    """Fit a prior to training symbols (N, P) that have one meaning at all positions, such as codebook indices.

    The counts of each position are smoothed by the distribution over all positions, which counts as `strength`
    images: MacKay and Peto, A hierarchical Dirichlet language model, 1995, eq. 12.
    """
    everywhere = np.bincount(symbols.ravel(), minlength=levels) + SMOOTHING
    base = strength * everywhere / everywhere.sum()
    return Prior(tuple(to_frequencies(np.bincount(column, minlength=levels) + base) for column in symbols.T))


def to_frequencies(weights: NDArray[np.floating[Any]]) -> Frequencies:
    """Round positive weights (levels,) to whole frequencies of at least 1 that sum to `TOTAL`."""
    spare = TOTAL - len(weights)
    frequencies: Frequencies = 1 + np.floor(weights / weights.sum() * spare).astype(np.int64)
    frequencies[np.argmax(frequencies)] += TOTAL - frequencies.sum()
    return frequencies


def _shortest(coder: Any) -> bytes:
    """Return the shortest bytes that a range coder's interval contains; its own are up to 7 bytes longer.

    The decoder takes the bytes for a number and adds zeros at its end, so any number in the interval will do.
    """
    words = coder.get_compressed()
    position, (lower, width) = coder.pos()  # of the interval's last 64 bits, in words, and the interval
    size = max(len(words), position + 2) * 4  # bytes
    code = int.from_bytes(words.astype(">u4").tobytes().ljust(size, b"\0"))
    spare = 8 * (size - 4 * position - 8)  # bits behind the interval's last: none in practice
    start = code - ((((code >> spare) - lower) % 2**64) << spare)  # the lower end of the interval that `code` lies in
    # At most one multiple of 2^64 lies in the interval, so dropping more bytes than these is dropping zeros.
    for dropped in range(8 + spare // 8, -1, -1):
        unit = 8 * dropped
        candidate = -(-start >> unit)  # rounded up
        if candidate << unit < start + (width << spare):
            return candidate.to_bytes(size - dropped).rstrip(b"\0") if candidate else b""
    raise AssertionError("an interval contains its lower end")


def _constriction() -> Any:
    import constriction  # only where symbols are coded

    return constriction.stream
