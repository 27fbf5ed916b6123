"""Codebook usage: how often each entry is used, at which position, and how evenly. Indices are integers (N, P)."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def entry_counts(indices: Tensor, codebook_size: int) -> Tensor:
    """Count how often each entry is used at any position: (codebook_size,) integers."""
    return torch.bincount(indices.flatten(), minlength=codebook_size)


def counts_by_position(indices: Tensor, codebook_size: int) -> Tensor:
    """Count how often each entry is used at each position: (P, codebook_size) integers."""
    counts = torch.zeros(indices.shape[1], codebook_size, dtype=torch.long)
    return counts.scatter_add_(1, indices.T.contiguous(), torch.ones_like(indices.T))


def entropy(counts: Tensor) -> Tensor:
    """Compute the entropy in nats of the distribution with these counts, over the last axis: (..., K) to (...)."""
    probabilities = counts / counts.sum(dim=-1, keepdim=True).clamp(min=1)
    nats: Tensor = torch.special.entr(probabilities).sum(dim=-1)
    return nats


def entropy_bits(counts: Tensor) -> Tensor:
    """Compute the entropy of each position in bits, from counts (P, codebook_size): (P,)."""
    return entropy(counts.double()) / math.log(2)


def perplexity(counts: Tensor) -> float:
    """Compute the perplexity of a codebook, the exponential of its entropy: from 1 to the number of entries.

    Van den Oord, Vinyals and Kavukcuoglu, Neural discrete representation learning, NeurIPS 2017.
    """
    return float(entropy(counts.double()).exp())


def replace_index(indices: Tensor, counts: Tensor, position: int, max_rows: int) -> Tensor:
    """Replace one index of a code by the other entries, most frequent at that position first.

    Args:
        indices: (P,), of one image.
        counts: (P, codebook_size), from `counts_by_position`.
        position: where to replace.
        max_rows: maximum number of rows, the original included.

    Returns:
        (M, P); the first row is the original.
    """
    others = counts[position].argsort(descending=True)
    others = others[others != indices[position]][: max_rows - 1]
    rows = indices.repeat(len(others) + 1, 1)
    rows[1:, position] = others
    return rows


def sample_indices(counts: Tensor, count: int, seed: int) -> Tensor:
    """Sample indices (count, P), each position independently in proportion to its counts (P, codebook_size)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.multinomial(counts.double(), count, replacement=True, generator=generator).T.contiguous()
