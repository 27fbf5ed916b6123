from __future__ import annotations

import math

import pytest
import torch

from aecore.analysis.codebook import (
    counts_by_position,
    entropy_bits,
    entry_counts,
    perplexity,
    replace_index,
    sample_indices,
)

INDICES = torch.tensor([[0, 3], [0, 3], [0, 1], [0, 2]])  # (N, P) of 4 entries


def test_counts_indices_in_total_and_by_position() -> None:
    assert entry_counts(INDICES, 4).tolist() == [4, 1, 1, 2]
    assert entry_counts(INDICES, 6).tolist() == [4, 1, 1, 2, 0, 0]
    assert counts_by_position(INDICES, 4).tolist() == [[4, 0, 0, 0], [0, 1, 1, 2]]


@pytest.mark.parametrize(("counts", "expected"), [([5, 0, 0], 1.0), ([7, 7, 7], 3.0), ([1, 1, 0, 2], 2**1.5)])
def test_perplexity_is_the_number_of_evenly_used_entries(counts: list[int], expected: float) -> None:
    assert perplexity(torch.tensor(counts)) == pytest.approx(expected)


def test_entropy_of_a_position_in_bits() -> None:
    assert entropy_bits(counts_by_position(INDICES, 4)).tolist() == pytest.approx([0.0, 1.5])
    assert entropy_bits(torch.ones(1, 64)).item() == pytest.approx(math.log2(64))


def test_replaces_an_index_by_the_most_frequent_others() -> None:
    counts = torch.tensor([[9, 0, 0, 0], [1, 5, 7, 3]])
    assert replace_index(torch.tensor([0, 2]), counts, 1, 3).tolist() == [[0, 2], [0, 1], [0, 3]]
    assert replace_index(torch.tensor([0, 0]), counts, 1, 9).tolist() == [[0, 0], [0, 2], [0, 1], [0, 3]]


def test_samples_follow_the_counts_of_their_position() -> None:
    samples = sample_indices(counts_by_position(INDICES, 4), 4000, seed=0)
    assert samples.shape == (4000, 2)
    assert set(samples[:, 0].tolist()) == {0}
    frequencies = entry_counts(samples[:, 1:], 4) / 4000
    assert torch.allclose(frequencies, torch.tensor([0, 0.25, 0.25, 0.5]), atol=0.03)
    assert torch.equal(samples, sample_indices(counts_by_position(INDICES, 4), 4000, seed=0))
    assert not torch.equal(samples, sample_indices(counts_by_position(INDICES, 4), 4000, seed=1))
