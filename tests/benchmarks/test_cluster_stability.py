"""The benchmark that chooses settings by the stability of clusters."""

from __future__ import annotations

import pytest
import torch

from benchmarks.cluster_stability import agreements


def test_equal_clusters_agree_whatever_their_numbers_are() -> None:
    found = torch.arange(4).repeat(50)
    chance = torch.randint(4, (200,), generator=torch.Generator().manual_seed(0))
    renumbered, by_chance, both = agreements([found, 3 - found, chance])
    assert renumbered == 1
    assert by_chance == both == pytest.approx(0, abs=0.05)
