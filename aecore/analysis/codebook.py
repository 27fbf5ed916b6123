"""How a codebook is used: which of its entries are chosen, where, and how evenly. Choices are whole numbers (N, P)."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def use(chosen: Tensor, entries: int) -> Tensor:
    """How often each entry is chosen anywhere: (entries,) whole numbers."""
    return torch.bincount(chosen.flatten(), minlength=entries)


def entropy(counts: Tensor) -> Tensor:
    """The entropy in nats of choices counted along the last axis: (..., entries) to (...)."""
    shares = counts / counts.sum(dim=-1, keepdim=True).clamp(min=1)
    told: Tensor = torch.special.entr(shares).sum(dim=-1)
    return told


def perplexity(counts: Tensor) -> float:
    """To how many evenly used entries such a use amounts: exp of its entropy, from 1 to the number of entries.

    Van den Oord, Vinyals and Kavukcuoglu, Neural discrete representation learning, NeurIPS 2017.
    """
    return float(entropy(counts.double()).exp())


def by_place(chosen: Tensor, entries: int) -> Tensor:
    """How often each entry is chosen at each place: (P, entries) whole numbers."""
    places = chosen.shape[1]
    table = torch.zeros(places, entries, dtype=torch.long)
    return table.scatter_add_(1, chosen.T.contiguous(), torch.ones_like(chosen.T))


def bits(counts: Tensor) -> Tensor:
    """What each place tells of a picture: the entropy of its entries (P, entries) in bits, (P,)."""
    return entropy(counts.double()) / math.log(2)


def replaced(chosen: Tensor, counts: Tensor, place: int, most: int) -> Tensor:
    """Choices (P,) of one picture, and then with other entries at one place, at most so many in all: (M, P).

    The others come by how often they are chosen there, `counts` (P, entries), the most frequent first.
    """
    others = counts[place].argsort(descending=True)
    others = others[others != chosen[place]][: most - 1]
    rows = chosen.repeat(len(others) + 1, 1)
    rows[1:, place] = others
    return rows


def sample_places(counts: Tensor, count: int, seed: int) -> Tensor:
    """Choices (count, P), each place's drawn by how often its entries are chosen (P, entries), whatever the others."""
    generator = torch.Generator().manual_seed(seed)
    return torch.multinomial(counts.double(), count, replacement=True, generator=generator).T.contiguous()
