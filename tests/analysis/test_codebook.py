from __future__ import annotations

import math

import pytest
import torch

from aecore.analysis.codebook import bits, by_place, perplexity, replaced, sample_places, use

CHOSEN = torch.tensor([[0, 3], [0, 3], [0, 1], [0, 2]])  # (N, P) of 4 entries


def test_use_counts_every_choice() -> None:
    assert use(CHOSEN, 4).tolist() == [4, 1, 1, 2]
    assert use(CHOSEN, 6).tolist() == [4, 1, 1, 2, 0, 0]
    assert by_place(CHOSEN, 4).tolist() == [[4, 0, 0, 0], [0, 1, 1, 2]]


@pytest.mark.parametrize(("counts", "expected"), [([5, 0, 0], 1.0), ([7, 7, 7], 3.0), ([1, 1, 0, 2], 2**1.5)])
def test_perplexity_is_the_number_of_even_entries(counts: list[int], expected: float) -> None:
    assert perplexity(torch.tensor(counts)) == pytest.approx(expected)


def test_bits_of_a_place() -> None:
    assert bits(by_place(CHOSEN, 4)).tolist() == pytest.approx([0.0, 1.5])
    assert bits(torch.ones(1, 64)).item() == pytest.approx(math.log2(64))


def test_an_entry_is_replaced_by_the_most_frequent_others() -> None:
    counts = torch.tensor([[9, 0, 0, 0], [1, 5, 7, 3]])
    assert replaced(torch.tensor([0, 2]), counts, 1, 3).tolist() == [[0, 2], [0, 1], [0, 3]]
    assert replaced(torch.tensor([0, 0]), counts, 1, 9).tolist() == [[0, 0], [0, 2], [0, 1], [0, 3]]


def test_samples_are_as_frequent_as_the_choices_of_their_place() -> None:
    drawn = sample_places(by_place(CHOSEN, 4), 4000, seed=0)
    assert drawn.shape == (4000, 2)
    assert set(drawn[:, 0].tolist()) == {0}
    shares = use(drawn[:, 1:], 4) / 4000
    assert torch.allclose(shares, torch.tensor([0, 0.25, 0.25, 0.5]), atol=0.03)
    assert torch.equal(drawn, sample_places(by_place(CHOSEN, 4), 4000, seed=0))
    assert not torch.equal(drawn, sample_places(by_place(CHOSEN, 4), 4000, seed=1))
