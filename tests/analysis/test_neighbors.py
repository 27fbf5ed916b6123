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
