from __future__ import annotations

import pytest
import torch

from aecore.analysis.traversal import class_direction, traverse


def test_varies_one_dimension_by_its_deviation() -> None:
    code = torch.randn(5, generator=torch.Generator().manual_seed(0))
    deviations = torch.tensor([1.0, 2.0, 0.0, 0.5, 3.0])
    codes = traverse(code, deviations, torch.tensor([4, 1]), count=7, max_deviations=3)
    assert codes.shape == (2, 7, 5)
    changes = codes - code
    assert torch.allclose(changes[0, :, 4], torch.tensor([-9.0, -6, -3, 0, 3, 6, 9]))
    assert torch.allclose(changes[1, :, 1], torch.tensor([-6.0, -4, -2, 0, 2, 4, 6]))
    assert torch.count_nonzero(changes) == 12, "all other dimensions are unchanged"


def test_direction_between_class_means() -> None:
    codes, labels = torch.tensor([[1.0, 0], [3, 0], [0, 5]]), torch.tensor([7, 7, 1])
    assert class_direction(codes, labels, [7], [1]).tolist() == [2, -5]
    with pytest.raises(ValueError, match=r"codes has a class in \[4\]"):
        class_direction(codes, labels, [4], [1])
