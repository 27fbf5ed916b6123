from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecore.analysis.planes import all_over, decode_map, decode_plane, equal_shares, plane, quantiles
from aecore.analysis.projection import Dimensions, Projected


def codes(count: int, size: int = 5, seed: int = 0) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def test_a_plane_decodes_as_its_codes_do() -> None:
    weights = codes(5, 12, seed=1)
    origin, axes = codes(1)[0], codes(2, seed=2)
    across, down = torch.linspace(-2, 2, 40), torch.linspace(-1, 1, 30)  # more than one batch

    def decode(z: Tensor) -> Tensor:
        return (z @ weights).reshape(-1, 3, 4)

    pictures = decode_plane(decode, origin, axes, across, down)
    assert pictures.shape == (30, 40, 3, 4)
    by_hand = decode((origin + across[7] * axes[0] + down[3] * axes[1])[None])[0]
    assert torch.allclose(pictures[3, 7], by_hand, atol=1e-5)
    assert torch.allclose(plane(origin, axes, torch.zeros(1), torch.zeros(1))[0, 0], origin)


def test_quantiles_part_the_normal_distribution_evenly() -> None:
    values = quantiles(4)
    assert values.tolist() == pytest.approx([-1.15035, -0.31864, 0.31864, 1.15035], abs=1e-4)
    assert quantiles(5)[2] == 0


def test_places_all_over_a_map() -> None:
    projected = Projected(torch.tensor([[0.0, -2], [10, 2], [3, 0]]))
    across, down = all_over(projected, 5, margin=0.1)
    assert across.tolist() == pytest.approx([-1, 2, 5, 8, 11])
    assert down.tolist() == pytest.approx([2.4, 1.2, 0, -1.2, -2.4], abs=1e-6)


@pytest.mark.parametrize("prior", [True, False])
def test_places_at_equal_shares(prior: bool) -> None:
    projected = Dimensions((0, 1)).project(codes(500) * 3 + 7, 2)
    across, down = equal_shares(projected, 5, prior)
    assert torch.equal(down, down.sort(descending=True).values), "from the top"
    middle, spread = (0, 1) if prior else (projected.points[:, 0].mean(), projected.points[:, 0].std(correction=0))
    assert torch.allclose(across, middle + spread * quantiles(5), atol=1e-5)


@pytest.mark.parametrize("has_axes", [True, False])
def test_every_place_of_a_map_decodes(has_axes: bool) -> None:
    known = codes(20)
    projected = Dimensions((3, 1)).project(known, 2)
    if not has_axes:
        projected = Projected(projected.points)
    across, down = known[:4, 3], known[:3, 1]  # the place in column i, row i is that of a code
    pictures = decode_map(lambda z: z[:, None], projected, known, known[2], across, down)
    assert pictures.shape == (3, 4, 1, 5)
    assert torch.allclose(pictures[2, 2, 0], known[2], atol=1e-4)
    assert torch.allclose(pictures[1, 1, 0, [3, 1]], known[1, [3, 1]], atol=1e-4)
