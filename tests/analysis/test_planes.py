from __future__ import annotations

import pytest
import torch
from tensors import random_codes
from torch import Tensor

from aecore.analysis.planes import decode_map, decode_plane, normal_quantiles, plane, quantile_grid, regular_grid
from aecore.analysis.projection import DimensionsProjection, Projected


def test_decodes_the_codes_of_a_plane() -> None:
    weights = random_codes(5, 12, seed=1)
    origin, axes = random_codes(1)[0], random_codes(2, seed=2)
    across, down = torch.linspace(-2, 2, 40), torch.linspace(-1, 1, 30)  # more than one batch

    def decode(z: Tensor) -> Tensor:
        return (z @ weights).reshape(-1, 3, 4)

    images = decode_plane(decode, origin, axes, across, down)
    assert images.shape == (30, 40, 3, 4)
    expected = decode((origin + across[7] * axes[0] + down[3] * axes[1])[None])[0]
    assert torch.allclose(images[3, 7], expected, atol=1e-5)
    assert torch.allclose(plane(origin, axes, torch.zeros(1), torch.zeros(1))[0, 0], origin)


def test_normal_quantiles() -> None:
    values = normal_quantiles(4)
    assert values.tolist() == pytest.approx([-1.15035, -0.31864, 0.31864, 1.15035], abs=1e-4)
    assert normal_quantiles(5)[2] == 0


def test_regular_grid_covers_the_points_and_a_margin() -> None:
    projected = Projected(torch.tensor([[0.0, -2], [10, 2], [3, 0]]))
    across, down = regular_grid(projected, 5, margin=0.1)
    assert across.tolist() == pytest.approx([-1, 2, 5, 8, 11])
    assert down.tolist() == pytest.approx([2.4, 1.2, 0, -1.2, -2.4], abs=1e-6)


@pytest.mark.parametrize("prior", [True, False])
def test_quantile_grid_follows_the_prior_or_the_points(prior: bool) -> None:
    projected = DimensionsProjection((0, 1)).project(random_codes(500) * 3 + 7, 2)
    across, down = quantile_grid(projected, 5, prior)
    assert torch.equal(down, down.sort(descending=True).values), "from the top"
    mean, deviation = (0, 1) if prior else (projected.points[:, 0].mean(), projected.points[:, 0].std(correction=0))
    assert torch.allclose(across, mean + deviation * normal_quantiles(5), atol=1e-5)


@pytest.mark.parametrize("has_axes", [True, False])
def test_decodes_every_point_of_a_map(has_axes: bool) -> None:
    codes = random_codes(20)
    projected = DimensionsProjection((3, 1)).project(codes, 2)
    if not has_axes:
        projected = Projected(projected.points)
    across, down = codes[:4, 3], codes[:3, 1]  # the point in column i, row i is a code
    images = decode_map(lambda z: z[:, None], projected, codes, codes[2], across, down)
    assert images.shape == (3, 4, 1, 5)
    assert torch.allclose(images[2, 2, 0], codes[2], atol=1e-4)
    assert torch.allclose(images[1, 1, 0, [3, 1]], codes[1, [3, 1]], atol=1e-4)
