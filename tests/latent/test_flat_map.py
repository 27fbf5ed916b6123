"""A flat map of codes of any size."""

from __future__ import annotations

import pytest
import torch

from aecore.latent.flat_map import flat_map

CODES = torch.randn(50, 5, generator=torch.Generator().manual_seed(0)) * torch.tensor([5.0, 3.0, 0.1, 0.1, 0.1])


@pytest.mark.parametrize(("size", "title"), [(1, "the only"), (2, "both"), (5, "PCA of 5 dimensions")])
def test_points_fill_the_unit_square(size, title):
    found = flat_map(CODES[:, :size])
    assert found.title.startswith(title)
    assert found.points.shape == (50, 2)
    assert found.points.amin(dim=0).tolist() == [0, 0]
    assert found.points.amax(dim=0).tolist() == pytest.approx([1, 1])


def test_axes_follow_the_codes():
    assert flat_map(CODES[:, :1]).points[:, 0].argsort().tolist() == CODES[:, 0].argsort().tolist()
    assert flat_map(CODES[:, :2]).points[:, 1].argsort().tolist() == CODES[:, 1].argsort().tolist()
    assert "100%" in flat_map(CODES).title


def test_collapsed_codes_have_a_map():
    assert torch.isfinite(flat_map(torch.ones(10, 3)).points).all()
