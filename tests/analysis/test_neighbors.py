from __future__ import annotations

import pytest
import torch

from aecore.analysis.neighbors import nearest, nearest_pictures


@pytest.mark.parametrize("batch", [3, 7, 100])
def test_the_nearest_pictures_are_found_in_batches(batch: int) -> None:
    draw = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (20, 1, 3, 3), dtype=torch.uint8, generator=draw)
    queries = pictures[[19, 0, 7]]
    assert nearest_pictures(pictures, queries, batch).tolist() == [19, 0, 7]
    other = torch.randint(0, 256, (5, 1, 3, 3), dtype=torch.uint8, generator=draw)
    expected, _ = nearest(pictures, other, 1)
    assert torch.equal(nearest_pictures(pictures, other, batch), expected[:, 0])
