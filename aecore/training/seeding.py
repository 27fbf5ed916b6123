"""Random numbers as a function of seed and position, so that a resumed training draws the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, position: int) -> Iterator[None]:
    """Inside, the global random numbers are a function of seed and position; the state outside does not change."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(mix_seeds(seed, position))
        yield


def mix_seeds(seed: int, position: int) -> int:
    """Combine two numbers into one seed; neighboring numbers give distant seeds (the multipliers of SplitMix64)."""
    return (seed * 0x9E3779B97F4A7C15 + position * 0xBF58476D1CE4E5B9 + 1) % 2**63
