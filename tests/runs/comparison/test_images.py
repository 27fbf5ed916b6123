"""The examples that runs share, and their errors."""

from __future__ import annotations

import pytest
import torch

from aecore.runs.comparison.images import mean_squared_errors, shared_examples


def images(*values: int, side: int = 2) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, side, side)


#: Examples of each run, and the indices of those that all of them have.
SHARED = {
    "all": ([images(1, 2), images(1, 2)], [[0, 1], [0, 1]]),
    "in another order": ([images(1, 2, 3), images(3, 1)], [[0, 2], [1, 0]]),
    "in all three runs": ([images(1, 2), images(2, 1), images(2)], [[1], [0], [0]]),
    "none": ([images(1), images(2)], [[], []]),
    "another size": ([images(1), images(1, side=3)], [[], []]),
    "vectors and images": ([images(0), torch.zeros(1, 4)], [[], []]),
    "one run": ([images(1, 2)], [[0, 1]]),
}


@pytest.mark.parametrize(("examples", "expected"), SHARED.values(), ids=SHARED)
def test_shared_examples_are_found_by_value(examples, expected):
    assert shared_examples(examples) == expected


@pytest.mark.parametrize(
    ("originals", "reconstructions", "expected"),
    [
        (images(0, 255), images(0, 0), [0.0, 1.0]),
        (torch.tensor([[1.0, 3.0]]), torch.tensor([[1.0, 1.0]]), [2.0]),
    ],
    ids=["images", "vectors"],
)
def test_errors_are_means_over_pixels_in_the_unit_interval(originals, reconstructions, expected):
    assert mean_squared_errors(originals, reconstructions) == pytest.approx(expected)
