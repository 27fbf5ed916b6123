from __future__ import annotations

import pytest
import torch

from aecore.analysis.neighbors import nearest, nearest_images


@pytest.mark.parametrize("batch_size", [3, 7, 100])
def test_nearest_images_do_not_depend_on_the_batch_size(batch_size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 1, 3, 3), dtype=torch.uint8, generator=generator)
    queries = images[[19, 0, 7]]
    assert nearest_images(images, queries, batch_size).tolist() == [19, 0, 7]
    other = torch.randint(0, 256, (5, 1, 3, 3), dtype=torch.uint8, generator=generator)
    expected, _ = nearest(images, other, 1)
    assert torch.equal(nearest_images(images, other, batch_size), expected[:, 0])


@pytest.mark.parametrize("spread", [1.0, 1e-2, 1e-3])
def test_neighbors_of_codes_with_a_small_spread_are_exact(spread: float) -> None:
    generator = torch.Generator().manual_seed(0)
    codes = 3 + spread * torch.randn(500, 16, generator=generator)
    queries = 3 + spread * torch.randn(40, 16, generator=generator)
    expected = (queries.double()[:, None] - codes.double()).norm(dim=2).sort(dim=1)
    indices, distances = nearest(codes, queries, 5)
    assert torch.equal(indices, expected.indices[:, :5])
    assert torch.allclose(distances.double(), expected.values[:, :5], rtol=1e-5)


def test_nearest_images_are_exact() -> None:
    images = torch.full((40, 1, 28, 28), 250, dtype=torch.uint8)
    images[range(40), 0, 0, 0] = torch.arange(40, dtype=torch.uint8)  # differ in one pixel
    queries = images[[7, 21, 38]].clone()
    assert nearest_images(images, queries).tolist() == [7, 21, 38]
